import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarmName } from '../../core/contract/deployed-names.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { type AlarmRow, type Severity, speaksThroughGroup } from './alarm-row.ts';
import { describeAlarm } from './describe-alarm.ts';
import { judgeMetric } from './judge-metric.ts';

/** Where alarms of each severity go. */
export type Topics = Readonly<Record<Severity, sns.ITopic>>;

/**
 * Makes an alarm of each row. It tells its topic when it fires and when it is over, unless the one of its group
 * does.
 */
export function renderAlarms(
  scope: Construct,
  rows: readonly AlarmRow[],
  { environment, cluster, deployment }: ClusterScope,
  topics: Topics,
): readonly cloudwatch.Alarm[] {
  return rows.map((row) => {
    const { id, metric, periods, within = periods } = row;
    judgeMetric(scope, id, metric);
    const alarm = new cloudwatch.Alarm(scope, id, {
      alarmName: alarmName({ environment, cluster: cluster.id, id }),
      alarmDescription: describeAlarm(row, deployment.runbookUrl),
      metric,
      ...comparison(row.bad),
      evaluationPeriods: within,
      datapointsToAlarm: periods,
      treatMissingData:
        row.silence === 'bad'
          ? cloudwatch.TreatMissingData.BREACHING
          : cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (!speaksThroughGroup(row)) tell(alarm, row, topics);
    return alarm;
  });
}

/** Of data, and of who watches it, people also hear when nobody can tell how it is. */
function tell(
  alarm: cloudwatch.Alarm,
  { severity, tier }: Pick<AlarmRow, 'severity' | 'tier'>,
  topics: Topics,
): void {
  const action = new actions.SnsAction(topics[severity]);
  alarm.addAlarmAction(action);
  alarm.addOkAction(action);
  if (severity === 'page' && (tier === 'A' || tier === 'M'))
    alarm.addInsufficientDataAction(action);
}

function comparison(bad: AlarmRow['bad']): {
  readonly comparisonOperator: cloudwatch.ComparisonOperator;
  readonly threshold: number;
} {
  const { GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
  return 'above' in bad
    ? { comparisonOperator: GREATER_THAN_THRESHOLD, threshold: bad.above }
    : { comparisonOperator: LESS_THAN_THRESHOLD, threshold: bad.below };
}
