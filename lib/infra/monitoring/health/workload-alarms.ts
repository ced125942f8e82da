import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const BY_DATABASE =
  'SELECT datname, deadlocks, xact_commit, xact_rollback, temp_files, temp_bytes FROM pg_stat_database';

/** Alarms about what applications do to the server: a ticket. */
export function workloadAlarms(watched: Watched): readonly AlarmRow[] {
  const page = watched.cluster.health.thresholds;
  return gaugeAlarms(watched, { tier: 'C', group: 'workload', severity: 'ticket' }, [
    {
      id: 'DeadlocksFrequent',
      says: 'sessions run into deadlocks again and again',
      look: BY_DATABASE,
      metric: HealthMetric.DEADLOCKS_PER_MIN,
      bad: above(page.deadlocksPerMin.page),
      of: [5, 5],
    },
    {
      id: 'RollbacksFrequent',
      says: 'a large share of all transactions is rolled back',
      look: BY_DATABASE,
      metric: HealthMetric.ROLLBACK_PERCENT,
      bad: above(page.rollbackPercent.page),
      of: [5, 5],
    },
    {
      id: 'TempSpills',
      says: 'sorts and hashes write much to temporary files: work_mem is too small for them',
      look: BY_DATABASE,
      metric: HealthMetric.TEMP_MIB_PER_MIN,
      bad: above(page.tempMiBPerMin.page),
      of: [5, 5],
    },
    {
      id: 'CheckpointsForced',
      says: 'nearly all checkpoints come because of WAL and not of time: max_wal_size is too small',
      look: 'SHOW max_wal_size, then the host’s log: checkpoint starting: wal',
      metric: HealthMetric.FORCED_CHECKPOINT_PERCENT,
      bad: above(page.forcedCheckpointPercent.page),
      of: [15, 15],
    },
    {
      id: 'WalSurge',
      says: 'far more WAL is written than is usual at this hour',
      look: 'SELECT queryid, calls, wal_bytes FROM pg_stat_statements ORDER BY wal_bytes DESC LIMIT 10',
      metric: HealthMetric.WAL_RATE_PERCENT,
      bad: above(page.walRatePercent.page),
      of: [5, 5],
    },
    {
      id: 'SubscriptionFailing',
      says: 'a logical subscription fails to apply what it gets',
      look: 'SELECT * FROM pg_stat_subscription_stats',
      metric: HealthMetric.SUBSCRIPTION_ERRORS,
      bad: above(0),
      of: [3, 5],
    },
    {
      id: 'WorkloadTrouble',
      says: 'checks of what applications do warn',
      look: 'holdfast health',
      metric: HealthMetric.WORKLOAD_TROUBLES,
      bad: above(0),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
  ]);
}
