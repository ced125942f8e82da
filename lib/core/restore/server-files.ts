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
  RECOVERY_SIGNAL: 'recovery.signal',
  STANDBY_SIGNAL: 'standby.signal',
} as const;

/** Settings that ALTER SYSTEM may have left and that a clone must not act on. */
const RESET = {
  archive_cleanup_command: '',
  archive_command: '',
  archive_mode: 'off',
  primary_conninfo: '',
  primary_slot_name: '',
  recovery_end_command: '',
  recovery_min_apply_delay: '0',
  recovery_target: '',
  recovery_target_lsn: '',
  recovery_target_name: '',
  recovery_target_time: '',
  recovery_target_xid: '',
  restore_command: '',
  synchronous_standby_names: '',
};
/** Dropped besides: they say nothing without a target, or exist only in newer versions. */
const DROPPED = new Set([
  ...Object.keys(RESET),
  'archive_library',
  'recovery_target_action',
  'recovery_target_inclusive',
  'recovery_target_timeline',
]);

/** `postgresql.auto.conf` of an unfinished recovery: keeps it from being started by accident. */
export const UNFINISHED_AUTO_CONF = [
  '# A recovery by Holdfast has not finished here: run it again. Do not start this server.',
  "restore_command = ''",
  '',
].join('\n');

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
    ...Object.entries(RESET).map(([name, value]) => `${name} = '${value}'`),
    '',
  ].join('\n');
}

/** Setting names have no case, and the equals sign may be left out. */
function settingName(line: string): string {
  return (/^\s*([A-Za-z_][\w.]*)/.exec(line)?.[1] ?? '').toLowerCase();
}
