import { isOwnArchiveCommand, archiveCommand } from '../../init/archive-command.ts';
import { type Check, fail, ok, skip, type Verdict, warn } from '../check.ts';
import { bytes, count, span } from '../amounts.ts';
import type { See } from '../facts.ts';
import { initCommand, resetSetting, setSetting, word } from '../fixes.ts';

/** Longest that a quiet server should keep a commit to itself. */
const LONGEST_ARCHIVE_TIMEOUT_SEC = 900;
/** One backup, one resident reader of WAL. */
const SENDERS_NEEDED = 2;
const RECOVERY_SETTINGS = [
  'primary_conninfo',
  'primary_slot_name',
  'restore_command',
  'recovery_target',
  'recovery_target_lsn',
  'recovery_target_name',
  'recovery_target_time',
  'recovery_target_xid',
];

/** Settings on which the archive, or what is restored from it, depends. */
export const SETTINGS_CHECKS: readonly Check[] = [
  oneOf('wal-level', 'wal_level', ['replica', 'logical'], true, 'WAL holds what a recovery needs'),
  oneOf('archive-mode', 'archive_mode', ['on'], true, 'a primary archives, and nobody else'),
  {
    id: 'archive-command',
    area: 'settings',
    about: "archive_command is Holdfast's, and names this spool",
    judge: (see) => {
      const command = setting(see, 'archive_command');
      const { spool } = see('given');
      const fix = initCommand(see('given'));
      if (!isOwnArchiveCommand(command)) {
        const isSet = command !== '' && command !== '(disabled)';
        return fail(
          isSet ? `another tool's: ${command}` : 'none',
          isSet ? `${fix} --replace-archive-command` : fix,
        );
      }
      if (spool === undefined || command === archiveCommand(spool)) return ok(command);
      return fail(`for another spool: ${command}`, fix);
    },
  },
  {
    id: 'archive-library',
    area: 'settings',
    about: 'no library archives in its place',
    judge: (see) => {
      const library = setting(see, 'archive_library');
      return library === '' ? ok('none') : fail(library, resetSetting('archive_library', false));
    },
  },
  {
    id: 'archive-timeout',
    area: 'settings',
    about: `a quiet server archives within ${LONGEST_ARCHIVE_TIMEOUT_SEC / 60} minutes`,
    judge: (see) => {
      const seconds = Number(setting(see, 'archive_timeout'));
      const fix = setSetting('archive_timeout', '60s', false);
      if (seconds === 0) return fail('0: a quiet server keeps its last commits to itself', fix);
      return seconds <= LONGEST_ARCHIVE_TIMEOUT_SEC ? ok(span(seconds)) : warn(span(seconds), fix);
    },
  },
  oneOf('fsync', 'fsync', ['on'], false, 'what is committed is on the disk'),
  oneOf('full-page-writes', 'full_page_writes', ['on'], false, 'no page can be torn in a backup'),
  {
    id: 'synchronous-commit',
    area: 'settings',
    about: 'a commit returns once it is on this disk',
    judge: (see) => {
      const value = setting(see, 'synchronous_commit');
      if (value !== 'off') return ok(value);
      return warn(
        'off: a crash loses the last commits, without damage',
        setSetting('synchronous_commit', 'on', false),
      );
    },
  },
  {
    id: 'data-checksums',
    area: 'settings',
    about: 'pages carry checksums, so that damage is found before it is backed up',
    judge: (see) => {
      if (setting(see, 'data_checksums') !== 'off') return ok('on');
      const { dataDirectory } = see('server');
      return warn(
        'off',
        `pg_checksums --enable -D ${word(dataDirectory)}  # while PostgreSQL is stopped`,
      );
    },
  },
  {
    id: 'wal-senders',
    area: 'settings',
    about: 'connections are left for a base backup',
    judge: (see) => {
      const { max, used } = see('senders');
      const saw = `${used} of ${max} in use`;
      if (max - used >= SENDERS_NEEDED) return ok(saw);
      const verdict = max === used ? fail : warn;
      return verdict(saw, setSetting('max_wal_senders', String(used + 10), true));
    },
  },
  {
    id: 'slot-cap',
    area: 'settings',
    about: 'a slot that nobody reads cannot fill the disk',
    judge: (see) => {
      const megabytes = Number(setting(see, 'max_slot_wal_keep_size'));
      const slots = see('slots').length;
      if (megabytes >= 0) return ok(`at most ${bytes(megabytes * 1024 * 1024)} for each slot`);
      if (slots === 0) return ok('no limit, and no slot');
      return warn(
        `no limit, and ${count(slots, 'slot')}`,
        setSetting('max_slot_wal_keep_size', '64GB', false),
      );
    },
  },
  {
    id: 'pending-restart',
    area: 'settings',
    about: 'every setting is in force',
    judge: (see) => {
      const { pendingRestart } = see('server');
      if (pendingRestart.length === 0) return ok('nothing waits for a restart');
      return warn(
        `wait for a restart: ${pendingRestart.join(', ')}`,
        'pg_ctl restart -m fast  # as the service manager does it',
      );
    },
  },
  {
    id: 'recovery-settings',
    area: 'settings',
    about: 'no target of an earlier recovery is left',
    judge: (see) => {
      if (see('server').inRecovery) return skip('it is in recovery, and needs them');
      const found = RECOVERY_SETTINGS.filter((name) => setting(see, name) !== '');
      const [first] = found;
      return first === undefined
        ? ok('none')
        : warn(
            `set: ${found.join(', ')}`,
            found.map((name) => resetSetting(name, name.startsWith('recovery_target'))).join('\n'),
          );
    },
  },
  {
    id: 'preload-libraries',
    area: 'settings',
    about: 'which libraries a machine needs to restore this server',
    judge: (see) => ok(setting(see, 'shared_preload_libraries') || 'none'),
  },
];

/** A setting that must have one of a few values; the fix sets the first. */
function oneOf(
  id: string,
  name: string,
  good: readonly [string, ...string[]],
  needsRestart: boolean,
  about: string,
): Check {
  const judge = (see: See): Verdict => {
    const value = setting(see, name);
    return good.includes(value) ? ok(value) : fail(value, setSetting(name, good[0], needsRestart));
  };
  return { id, area: 'settings', about, judge };
}

/** A setting's value; empty when this role may not see it, or the version has none. */
function setting(see: See, name: string): string {
  return see('settings').get(name) ?? '';
}
