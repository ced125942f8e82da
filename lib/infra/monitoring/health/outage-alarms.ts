import { HealthMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow } from '../alarm-row.ts';
import type { Watched } from '../watched.ts';
import { above, below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const COUNT_BY_STATE =
  'SELECT usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC';
const IN_THE_WAY =
  'SELECT pid, pg_blocking_pids(pid), wait_event, state, xact_start FROM pg_stat_activity ORDER BY xact_start';

/** Alarms that say whether clients can work: one page for each cause. */
export function outageAlarms(watched: Watched): readonly AlarmRow[] {
  return [
    ...availabilityAlarms(watched),
    ...diskAlarms(watched),
    ...connectionAlarms(watched),
    ...sessionAlarms(watched),
  ];
}

function availabilityAlarms(watched: Watched): readonly AlarmRow[] {
  const { commitPercent } = watched.cluster.health.thresholds;
  const table = { tier: 'B', group: 'availability', severity: 'page' } as const;
  const [unreachable, ...others] = gaugeAlarms(watched, table, [
    {
      id: 'DatabaseUnreachable',
      says: 'PostgreSQL does not let the monitoring role in, or does not answer it',
      look: 'on the host: holdfast-status, docker logs holdfast-postgres',
      metric: HealthMetric.DATABASE_UP,
      bad: below(1),
      of: [2, 3],
    },
    {
      id: 'WriterWrong',
      says: 'PostgreSQL is not the writer that it should be: in recovery, or read-only',
      look: "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')",
      metric: HealthMetric.WRONG_ROLE,
      bad: above(0),
      of: [2, 2],
    },
    {
      id: 'CommitsCollapsed',
      says: 'far fewer transactions are committed than is usual at this hour',
      look: COUNT_BY_STATE,
      metric: HealthMetric.COMMIT_PERCENT,
      bad: below(commitPercent.page),
      of: [5, 5],
    },
  ]);
  // The probe says so at every run: without it nobody knows.
  return unreachable === undefined ? others : [{ ...unreachable, silence: 'bad' }, ...others];
}

function diskAlarms(watched: Watched): readonly AlarmRow[] {
  const { diskDaysLeft, walDirPercent } = watched.cluster.health.thresholds;
  return gaugeAlarms(watched, { tier: 'B', group: 'disk', severity: 'page' }, [
    {
      id: 'DiskRunway',
      says: 'by its trend the data volume will soon be full',
      look: 'SELECT datname, pg_database_size(datname) FROM pg_database ORDER BY 2 DESC',
      metric: HealthMetric.DISK_DAYS_LEFT,
      bad: below(diskDaysLeft.page),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
    {
      id: 'WalDirLarge',
      says: 'pg_wal is far larger than the settings have it: something keeps WAL from going',
      look: 'SELECT slot_name, restart_lsn FROM pg_replication_slots, then SELECT * FROM pg_stat_archiver',
      metric: HealthMetric.WAL_DIR_PERCENT,
      bad: above(walDirPercent.page),
      of: [5, 5],
    },
  ]);
}

function connectionAlarms(watched: Watched): readonly AlarmRow[] {
  const { connectionsPercent, connectionDaysLeft } = watched.cluster.health.thresholds;
  return gaugeAlarms(watched, { tier: 'B', group: 'connections', severity: 'page' }, [
    {
      id: 'ConnectionsUsed',
      says: 'nearly all connections that clients may have are in use: the next are refused',
      look: COUNT_BY_STATE,
      metric: HealthMetric.CONNECTIONS_PERCENT,
      bad: above(connectionsPercent.page),
      of: [2, 2],
    },
    {
      id: 'ConnectionRunway',
      says: 'by their trend clients will soon be refused, for want of connections',
      look: COUNT_BY_STATE,
      metric: HealthMetric.CONNECTION_DAYS_LEFT,
      bad: below(connectionDaysLeft.page),
      of: [3, 3],
      period: FIVE_MINUTES,
    },
  ]);
}

function sessionAlarms(watched: Watched): readonly AlarmRow[] {
  const page = watched.cluster.health.thresholds;
  return gaugeAlarms(watched, { tier: 'B', group: 'sessions', severity: 'page' }, [
    {
      id: 'SessionsBlocked',
      says: 'a session waits long for a lock that another does not give back',
      look: IN_THE_WAY,
      metric: HealthMetric.BLOCKED_SEC,
      bad: above(page.blockedSec.page),
      of: [2, 2],
    },
    {
      id: 'IdleInTransaction',
      says: 'a session keeps a transaction open and does nothing in it',
      look: IN_THE_WAY,
      metric: HealthMetric.IDLE_IN_TRANSACTION_SEC,
      bad: above(page.idleInTransactionSec.page),
      of: [2, 2],
    },
    {
      id: 'LongTransaction',
      says: 'a transaction of a client’s has been running for very long',
      look: IN_THE_WAY,
      metric: HealthMetric.LONG_TRANSACTION_SEC,
      bad: above(page.longTransactionSec.page),
      of: [2, 2],
    },
  ]);
}
