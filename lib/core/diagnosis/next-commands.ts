import { parseAlarmName } from '../contract/deployed-names.ts';
import type { PartId } from './diagnosis-record.ts';

/** What to run first for an alarm, and whose finding tells better. */
interface Next {
  readonly run: string;
  /** The look whose own next command comes before. */
  readonly by?: PartId;
}

const ARCHIVING: Next = { run: 'holdfast doctor' };
const SLOTS: Next = {
  run: 'SELECT slot_name, active, restart_lsn, wal_status, safe_wal_size FROM pg_replication_slots',
};
const FREEZING: Next = {
  run: 'SELECT datname, age(datfrozenxid), mxid_age(datminmxid) FROM pg_database ORDER BY 2 DESC',
};
const HORIZON: Next = { run: 'SELECT * FROM pg_prepared_xacts', by: 'horizon' };
const LOCKS: Next = {
  run: "SELECT pid, pg_blocking_pids(pid), state, xact_start FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
  by: 'blockers',
};
const SESSIONS: Next = {
  run: 'SELECT state, usename, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC',
};
const HEALTH: Next = { run: 'holdfast health' };
const BACKUPS: Next = { run: 'holdfast list' };
const STATUS: Next = { run: 'holdfast status' };

/** By the alarm's id. Who is not here begins with `holdfast status`. */
const TABLE: Readonly<Record<string, Next>> = {
  ArchiverFailing: { run: 'SELECT * FROM pg_stat_archiver' },
  ArchiverStuck: ARCHIVING,
  ReadyWalPiles: ARCHIVING,
  WalUnarchived: ARCHIVING,
  WalNotInStore: { run: 'holdfast verify' },
  ArchiveLag: ARCHIVING,
  AgentSilent: ARCHIVING,
  VaultDrifted: HEALTH,
  ChecksumsFailing: {
    run: 'SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database',
  },
  CorruptionLogged: BACKUPS,
  SettingsUnsafe: {
    run: "SELECT name, setting, source FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')",
  },
  SlotNearlyLost: SLOTS,
  SlotRetainsMuch: SLOTS,
  SlotRunway: SLOTS,
  XidsOld: { ...FREEZING, by: 'horizon' },
  XidRunway: { ...FREEZING, by: 'horizon' },
  MultixactsOld: FREEZING,
  MultixactRunway: FREEZING,
  FreezeBehind: { ...FREEZING, by: 'horizon' },
  XminPinned: HORIZON,
  PreparedForgotten: { run: 'SELECT gid, owner, database, prepared FROM pg_prepared_xacts' },
  RetentionRunway: BACKUPS,
  BackupMissed: BACKUPS,
  DatabaseDown: { run: 'holdfast doctor' },
  DiskFilling: SLOTS,
  DataVolumeFull: SLOTS,
  ConnectionsShort: SESSIONS,
  SessionsStuck: LOCKS,
  NumbersRunOut: { run: 'SELECT * FROM holdfast.sequence_use()' },
  TrustEnds: HEALTH,
  MachineIll: { ...SESSIONS },
  ProbeSilent: HEALTH,
  EstateSilent: HEALTH,
  ChecksBlindA: { run: 'holdfast init --check' },
  ChecksFailedA: HEALTH,
  PagingUnproven: { run: 'holdfast ack --list' },
};

/**
 * What to run next: what was found comes before what the alarm suggests.
 *
 * @param found - what looks suggest themselves.
 */
export function nextCommands(
  alarm: string,
  found: Readonly<Partial<Record<PartId, string>>>,
): readonly string[] {
  const { run, by } = TABLE[parseAlarmName(alarm)?.id ?? ''] ?? STATUS;
  const own = by === undefined ? undefined : found[by];
  return own === undefined ? [run] : [own, run];
}
