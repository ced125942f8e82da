import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmName } from '../../core/contract/deployed-names.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { GROUP_ALARMS } from './cause-graph.ts';

/**
 * Has alarms about mere degradation tell nobody in the maintenance window, which the host goes by too; those about
 * data and outages always do. No rule where there is no window.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
 */
export function muteMinors(
  scope: Construct,
  { environment, cluster }: ClusterScope,
  groups: readonly cloudwatch.CompositeAlarm[],
): void {
  const { id, maintenanceWindow } = cluster;
  if (maintenanceWindow === undefined) return;
  const [hour, minute] = maintenanceWindow.start.split(':').map(Number);
  const rule = new cloudwatch.CfnAlarmMuteRule(scope, 'MaintenanceMute', {
    name: `holdfast-${environment}-${id}-maintenance`,
    description: `The maintenance window of ${id}: what is merely degraded can wait`,
    rule: {
      schedule: {
        expression: `cron(${minute} ${hour} * * *)`,
        duration: `PT${maintenanceWindow.minutes}M`,
        timezone: 'UTC',
      },
    },
    muteTargets: {
      alarmNames: GROUP_ALARMS.filter(({ tier }) => tier === 'C').map((row) =>
        alarmName({ environment, cluster: id, id: row.id }),
      ),
    },
  });
  // It knows them by their names alone.
  rule.node.addDependency(...groups);
}
