import { RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import type { ControlData } from '../../ports/postgres-instance.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';

/** What the settings of a recovering server depend on. */
export interface RecoveryConditions {
  readonly plan: Pick<RecoveryPlan, 'targetSettings' | 'limits'>;
  readonly restoreCommand: string;
  /** Limits from the control file. */
  readonly control: Pick<ControlData, 'limits'>;
  /** Let nobody in. */
  readonly hbaFile: string;
  readonly identFile: string;
  /**
   * Whether tablespaces lie within the data directory, at which PostgreSQL would give up.
   *
   * @see PostgreSQL CheckTablespaceDirectory, src/backend/access/transam/xlogrecovery.c
   */
  readonly hasInPlaceTablespaces: boolean;
}

/** Nobody is let in, nothing runs beside the replay, and nothing pauses it. */
const ALONE = {
  archive_mode: 'off',
  autovacuum: 'off',
  hot_standby: 'off',
  listen_addresses: '',
  max_logical_replication_workers: '0',
  restart_after_crash: 'off',
};

/** The log is read by Holdfast, so it is the same everywhere. */
const LOG = {
  lc_messages: 'C',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  logging_collector: 'off',
  timezone: 'UTC',
};

/** Room for prepared transactions costs little. */
const MIN_PREPARED_TRANSACTIONS = 1_000;

/**
 * Settings of a server while it recovers, to be given on the command line. Nothing of the base
 * backup's own configuration stands beside them: its `postgresql.auto.conf` is set aside, and an
 * empty file is read in place of its `postgresql.conf`.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-wal.html#RUNTIME-CONFIG-WAL-ARCHIVE-RECOVERY
 * @see https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN for the limits
 */
export function recoverySettings(conditions: RecoveryConditions): Readonly<Record<string, string>> {
  const { control, plan } = conditions;
  return {
    ...inspectionSettings({ limits: raised(control.limits, plan.limits) }),
    log_checkpoints: 'on',
    hba_file: conditions.hbaFile,
    ident_file: conditions.identFile,
    // Below the data directory, in which the server runs: a longer path may not fit into a socket's.
    unix_socket_directories: RECOVERY_FOLDER,
    restore_command: conditions.restoreCommand,
    ...(conditions.hasInPlaceTablespaces ? { allow_in_place_tablespaces: 'on' } : {}),
    ...plan.targetSettings,
  };
}

/** Settings of a recovered server while its databases are looked into. */
export function inspectionSettings({
  limits,
}: Pick<ControlData, 'limits'>): Readonly<Record<string, string>> {
  const prepared = Number(limits['max_prepared_transactions'] ?? 0);
  return {
    ...ALONE,
    ...LOG,
    ...limits,
    max_prepared_transactions: String(Math.max(prepared, MIN_PREPARED_TRANSACTIONS)),
  };
}

/** What the control file demands, or what WAL behind it does when that is more. */
function raised(
  limits: ControlData['limits'],
  later: RecoveryPlan['limits'],
): ControlData['limits'] {
  const higher = Object.entries(later).map(([name, value]) => [
    name,
    String(Math.max(Number(limits[name] ?? 0), value)),
  ]);
  return { ...limits, ...Object.fromEntries(higher) };
}
