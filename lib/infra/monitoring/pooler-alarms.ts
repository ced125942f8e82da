import { Duration } from 'aws-cdk-lib';
import { Metric } from '../../core/contract/metrics.ts';
import type { AlarmRow } from './alarm-row.ts';
import { ownMetric } from './metrics.ts';
import type { Watched } from './watched.ts';

/** A busy pool has clients that wait for milliseconds at any moment: that is what it is for. */
const LONG_WAIT_SEC = 1;

/** Alarms that say whether clients get the connections that they share; none where they share none. */
export function poolerAlarms(watched: Watched): readonly AlarmRow[] {
  if (!watched.cluster.pooler.enabled) return [];
  const high = { statistic: 'Maximum', period: Duration.minutes(1) } as const;
  return [
    {
      id: 'PoolerWaiting',
      says: 'clients have waited for a connection of the pooler for five minutes, or nobody can tell',
      severity: 'ticket',
      tier: 'M',
      group: 'connections',
      look: 'at the pooler’s console: SHOW POOLS, SHOW CLIENTS',
      metric: ownMetric(watched, Metric.POOLER_MAX_WAIT_SEC, high),
      bad: { above: LONG_WAIT_SEC },
      periods: 5,
      // Nothing else tells of a pooler that is not there.
      silence: 'bad',
    },
  ];
}
