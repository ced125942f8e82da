/**
 * Configuration files of a restored data directory. While it is unfinished, PostgreSQL refuses to
 * start it: a recovery is asked for by `recovery.signal`, and there is no `restore_command`.
 *
 * @see PostgreSQL validateRecoveryParameters, src/backend/access/transam/xlogrecovery.c
 */

/** Names below a data directory. */
export const ServerFile = {
  AUTO_CONF: 'postgresql.auto.conf',
  CONF: 'postgresql.conf',
  HBA: 'pg_hba.conf',
  IDENT: 'pg_ident.conf',
  /** Of before 12: since then a server that finds one ends. */
  RECOVERY_CONF: 'recovery.conf',
  RECOVERY_SIGNAL: 'recovery.signal',
  STANDBY_SIGNAL: 'standby.signal',
} as const;

/** Keep a clone from acting on the server it came from, and from waiting for others. */
const DETACHED = {
  archive_cleanup_command: '',
  archive_command: '',
  archive_mode: 'off',
  // Its subscriptions name slots that the origin's own subscriptions read from.
  max_logical_replication_workers: '0',
  primary_conninfo: '',
  primary_slot_name: '',
  recovery_end_command: '',
  recovery_min_apply_delay: '0',
  restore_command: '',
  synchronous_standby_names: '',
};
/** Settings that ALTER SYSTEM may have left and that a clone must not act on. */
const RESET = {
  ...DETACHED,
  recovery_target: '',
  recovery_target_lsn: '',
  recovery_target_name: '',
  recovery_target_time: '',
  recovery_target_xid: '',
};
/** Dropped besides: they say nothing without a target, or exist only in newer versions. */
const DROPPED = new Set([
  ...Object.keys(RESET),
  'archive_library',
  'recovery_target_action',
  'recovery_target_inclusive',
  'recovery_target_timeline',
]);

/** Settings that a server in recovery, or a standby, acts on: a recovered primary is neither. */
const OF_RECOVERY =
  /^(recovery_target(_.+)?|recovery_min_apply_delay|recovery_end_command|restore_command|archive_cleanup_command|primary_conninfo|primary_slot_name)$/;

/**
 * `postgresql.auto.conf` of an unfinished recovery: keeps it from being started by accident, and
 * from acting on its origin when it is started after it was promoted with nobody watching.
 *
 * It names no targets: the recovering server has one on its command line, and would take an empty
 * one beside it for a second.
 *
 * @see PostgreSQL assign_recovery_target, src/backend/access/transam/xlogrecovery.c
 */
export const UNFINISHED_AUTO_CONF = [
  '# A recovery by Holdfast has not finished here: run it again. Do not start this server.',
  ...settingLines(DETACHED),
  '',
].join('\n');

/** What an operator should know of a clone's settings. */
export const CLONE_NOTE =
  'archiving and logical replication are off (max_logical_replication_workers = 0), so that no ' +
  'subscription takes from the origin’s slots: once the origin is gone, "ALTER SYSTEM RESET ' +
  'max_logical_replication_workers" and a restart let them run';

/** Stands in when the backup holds none, because its server kept it elsewhere, as Debian does. */
export const MINIMAL_CONF = [
  '# Written by Holdfast: the backup holds no postgresql.conf, because its server kept it elsewhere.',
  '# Bring the settings of the old server here before this one goes into use.',
  "listen_addresses = ''",
  '',
].join('\n');

/** Lets local accounts in under their own names. */
export const MINIMAL_HBA = [
  '# Written by Holdfast: the backup holds no pg_hba.conf, because its server kept it elsewhere.',
  'local all all peer',
  '',
].join('\n');

/** Lets nobody in while a server recovers. */
export const CLOSED_HBA = 'local all all reject\n';

/**
 * `postgresql.auto.conf` of a clone: what the backup's own file says, but without archiving,
 * replication and recovery, which would act on the server it came from.
 *
 * @param original - the backup's file; `undefined` when it has none.
 */
export function clonedAutoConf(original: string | undefined): string {
  const kept = (original ?? '').split('\n').filter((line) => !DROPPED.has(settingName(line)));
  while (kept.at(-1) === '') kept.pop();
  return [
    ...kept,
    '# Set by Holdfast after a recovery, so that this clone leaves its origin alone.',
    ...settingLines(RESET),
    '',
  ].join('\n');
}

/**
 * `postgresql.auto.conf` of a cluster that goes on after a recovery in its place: its own, archiving
 * included, without what belongs to a recovery.
 *
 * @param original - `undefined` when it has none.
 */
export function resumedAutoConf(original: string | undefined): string {
  return (original ?? '')
    .split('\n')
    .filter((line) => !OF_RECOVERY.test(settingName(line)))
    .join('\n');
}

function settingLines(settings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(settings).map(([name, value]) => `${name} = '${value}'`);
}

/** Setting names have no case, and the equals sign may be left out. */
function settingName(line: string): string {
  return (/^\s*([A-Za-z_][\w.]*)/.exec(line)?.[1] ?? '').toLowerCase();
}
