import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { logMetricNamespace } from '../../core/contract/health-metrics.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { filterPattern, LOG_FILTERS } from '../monitoring/health/log-filters.ts';

/** Props of {@link LogFilters}. */
export interface LogFiltersProps extends ClusterScope {
  /** Where the server of the cluster logs. */
  readonly logGroup: logs.ILogGroup;
}

/** Counts lines of PostgreSQL's log that tell what no view does. Minutes without any have no value. */
export class LogFilters extends Construct {
  constructor(scope: Construct, id: string, { environment, cluster, logGroup }: LogFiltersProps) {
    super(scope, id);
    for (const filter of LOG_FILTERS) {
      new logs.MetricFilter(this, filter.metric, {
        logGroup,
        filterPattern: filterPattern(filter),
        metricNamespace: logMetricNamespace(environment, cluster.id),
        metricName: filter.metric,
        metricValue: '1',
      });
    }
  }
}
