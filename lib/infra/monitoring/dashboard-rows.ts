import { Metric, type MetricName } from '../../core/contract/metrics.ts';

/** Curves beside each other. */
export interface DashboardGraph {
  readonly title: string;
  readonly metrics: readonly MetricName[];
  /** @default 'Maximum' */
  readonly statistic?: 'Maximum' | 'Minimum' | 'Sum';
}

/** The newest values of metrics, of each the lowest. */
export interface DashboardNumbers {
  readonly title: string;
  readonly metrics: readonly MetricName[];
}

/** One question of an incident, and what answers it. */
export interface DashboardRow {
  readonly question: string;
  readonly numbers?: DashboardNumbers;
  readonly graphs: readonly DashboardGraph[];
}

/** From the top down as an incident goes: an answer that is no is where to begin. */
export const DASHBOARD_ROWS: readonly DashboardRow[] = [
  {
    question: 'Can we recover?',
    graphs: [
      {
        title: 'What a lost host would cost: age of what is not archived, of what the store has',
        metrics: [
          Metric.UNARCHIVED_WAL_SEC,
          Metric.ARCHIVE_LAG_SEC,
          Metric.OLDEST_READY_SEC,
          Metric.RECOVERABLE_POINT_AGE_SEC,
        ],
      },
      { title: 'Age of the newest backup', metrics: [Metric.LAST_BACKUP_AGE_SEC] },
      {
        title: 'Damage, drift and unsafe settings: 0 as it should be',
        metrics: [
          Metric.WAL_MISSING_IN_STORE,
          Metric.VAULT_DRIFT,
          Metric.CHECKSUM_FAILURES,
          Metric.UNSAFE_SETTINGS,
          Metric.ARCHIVE_GAPS,
          Metric.CORRUPT_OBJECTS,
        ],
      },
      {
        title: 'Base backups',
        metrics: [Metric.BACKUP_SUCCEEDED, Metric.BACKUP_RETRIED, Metric.BACKUP_FAILED],
        statistic: 'Sum',
      },
    ],
  },
  {
    question: 'Is it up?',
    graphs: [
      {
        title: 'Host, database: 1 as it should be',
        metrics: [Metric.HOSTS_IN_SERVICE, Metric.DATABASE_UP],
        statistic: 'Minimum',
      },
      {
        title: 'Does anybody look? Probes and agent, by five minutes',
        metrics: [Metric.DATABASE_PROBED, Metric.ESTATE_PROBED, Metric.AGENT_ALIVE],
        statistic: 'Sum',
      },
      {
        title: 'Connections in use, commits as a share of what is usual',
        metrics: [Metric.CONNECTIONS_PERCENT, Metric.COMMIT_PERCENT],
      },
      {
        title: 'Checks that cannot see, or fail',
        metrics: [
          Metric.CHECKS_BLIND_A,
          Metric.CHECKS_FAILED_A,
          Metric.CHECKS_BLIND_B,
          Metric.CHECKS_FAILED_B,
        ],
      },
    ],
  },
  {
    question: 'Is it slow?',
    graphs: [
      {
        title: 'Who is in the way: longest wait, longest transaction',
        metrics: [
          Metric.BLOCKED_SEC,
          Metric.IDLE_IN_TRANSACTION_SEC,
          Metric.LONG_TRANSACTION_SEC,
          Metric.POOLER_MAX_WAIT_SEC,
        ],
      },
      {
        title: 'What applications do: rollbacks, forced checkpoints, WAL against what is usual',
        metrics: [
          Metric.ROLLBACK_PERCENT,
          Metric.FORCED_CHECKPOINT_PERCENT,
          Metric.WAL_RATE_PERCENT,
        ],
      },
      {
        title: 'Deadlocks, MiB to temporary files',
        metrics: [Metric.DEADLOCKS_PER_MIN, Metric.TEMP_MIB_PER_MIN],
      },
      {
        title: 'Memory left on the host',
        metrics: [Metric.MEMORY_AVAILABLE_PERCENT],
        statistic: 'Minimum',
      },
    ],
  },
  {
    question: 'What will fill up?',
    numbers: {
      title: 'Days left, by the trend',
      metrics: [
        Metric.DISK_DAYS_LEFT,
        Metric.XID_DAYS_LEFT,
        Metric.MULTIXACT_DAYS_LEFT,
        Metric.SEQUENCE_DAYS_LEFT,
        Metric.CONNECTION_DAYS_LEFT,
        Metric.SLOT_DAYS_LEFT,
        Metric.CERTIFICATE_DAYS_LEFT,
        Metric.SECRET_DAYS_LEFT,
        Metric.RETENTION_DAYS_LEFT,
      ],
    },
    graphs: [
      {
        title: 'Room on the data volume',
        metrics: [Metric.DATA_VOLUME_FREE_PERCENT],
        statistic: 'Minimum',
      },
      {
        title: 'Who keeps WAL: pg_wal as a share of its settings, room of the neediest slot',
        metrics: [Metric.WAL_DIR_PERCENT, Metric.SLOT_ROOM_PERCENT],
      },
      {
        title:
          'Used share of multixacts, of the first sequence, of the age at which tables are frozen',
        metrics: [Metric.MULTIXACT_PERCENT, Metric.SEQUENCE_PERCENT, Metric.FREEZE_PERCENT],
      },
      {
        title: 'Age of transaction ids, and of the horizon that holds vacuum back',
        metrics: [Metric.XID_AGE, Metric.XMIN_HORIZON_AGE],
      },
    ],
  },
];
