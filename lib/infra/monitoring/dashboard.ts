import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { Metric, type MetricName } from '../../core/contract/metrics.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { ownMetric } from './metrics.ts';

const FULL_WIDTH = 24;
const THIRD = 8;
const HEIGHT = 6;

/** One cluster at a glance, in the order of an incident: can we recover, is it up, what fills up. */
export class ClusterDashboard extends cloudwatch.Dashboard {
  constructor(
    scope: Construct,
    id: string,
    cluster: ClusterScope,
    alarms: readonly cloudwatch.IAlarm[],
  ) {
    super(scope, id, {
      dashboardName: `holdfast-${cluster.environment}-${cluster.cluster.id}`,
      defaultInterval: Duration.days(1),
    });
    const graph = (
      title: string,
      names: readonly MetricName[],
      statistic: 'Maximum' | 'Sum',
    ): cloudwatch.GraphWidget =>
      new cloudwatch.GraphWidget({
        title,
        width: THIRD,
        height: HEIGHT,
        left: names.map((name) =>
          ownMetric(cluster, name, { statistic, period: Duration.minutes(5) }),
        ),
      });
    this.addWidgets(
      new cloudwatch.AlarmStatusWidget({
        title: 'Alarms',
        width: FULL_WIDTH,
        alarms: [...alarms],
        sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
      }),
    );
    this.addWidgets(
      graph('Can we recover? Age of the last backup', [Metric.LAST_BACKUP_AGE_SEC], 'Maximum'),
      graph(
        'Can we recover? WAL that waits for the store',
        [Metric.ARCHIVE_LAG_SEC, Metric.READY_SEGMENTS],
        'Maximum',
      ),
      graph(
        'Base backups',
        [Metric.BACKUP_SUCCEEDED, Metric.BACKUP_RETRIED, Metric.BACKUP_FAILED],
        'Sum',
      ),
    );
    this.addWidgets(
      graph(
        'Is it up? Hosts in service, agent',
        [Metric.HOSTS_IN_SERVICE, Metric.AGENT_ALIVE],
        'Maximum',
      ),
      graph(
        'Duration of backups',
        [Metric.BACKUP_ELAPSED_SEC, Metric.BACKUP_DURATION_SEC],
        'Maximum',
      ),
      graph('What fills up? Room on the data volume', [Metric.DATA_VOLUME_FREE_PERCENT], 'Maximum'),
    );
  }
}
