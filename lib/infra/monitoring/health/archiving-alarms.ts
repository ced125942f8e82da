import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, gaugeAlarms } from './health-row.ts';

/** Alarms that say whether WAL reaches the archive, as PostgreSQL and the store see it. */
export function archivingAlarms(watched: Watched): readonly AlarmRow[] {
  const { health, rpoSec } = watched.cluster;
  const { oldestReadySec, readyWalSegments, unarchivedWalSec } = health.thresholds;
  return gaugeAlarms(watched, { tier: 'A', group: 'archiving', severity: 'page' }, [
    {
      id: 'ArchiverFailing',
      says: 'PostgreSQL has failed to archive WAL for five minutes, or nobody can tell',
      look: 'SELECT * FROM pg_stat_archiver',
      metric: HealthMetric.ARCHIVE_FAILING,
      bad: above(0),
      of: [5, 5],
    },
    {
      id: 'ArchiverStuck',
      says: 'a finished segment of WAL waits for its archiver, which neither takes it nor fails',
      look: 'SELECT last_archived_wal, last_archived_time, last_failed_time FROM pg_stat_archiver',
      metric: HealthMetric.OLDEST_READY_SEC,
      bad: above(oldestReadySec.page),
      of: [3, 3],
    },
    {
      id: 'ReadyWalPiles',
      says: 'finished WAL piles up on the data volume faster than it is archived',
      look: "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'",
      metric: HealthMetric.READY_WAL_SEGMENTS,
      bad: above(readyWalSegments.page),
      of: [5, 5],
    },
    {
      id: 'WalUnarchived',
      says: 'what was written longest ago and is not archived is older than may be lost',
      look: 'SELECT pg_current_wal_lsn(), last_archived_wal, last_archived_time FROM pg_stat_archiver',
      metric: HealthMetric.UNARCHIVED_WAL_SEC,
      bad: above(Math.max(unarchivedWalSec.page, rpoSec)),
      of: [3, 3],
    },
    {
      id: 'WalNotInStore',
      says: 'PostgreSQL calls a segment archived that is not in the store',
      look: 'holdfast status, then SELECT last_archived_wal FROM pg_stat_archiver',
      metric: HealthMetric.WAL_MISSING_IN_STORE,
      bad: above(0),
      of: [10, 10],
    },
  ]);
}
