import { OpsError } from '../errors/ops-error.ts';
import type { ObservedSetting, ServerDescription } from '../ports/cluster-server.ts';
import { archiveCommand, isOwnArchiveCommand } from './archive-command.ts';

/** One setting that must change. */
export interface SettingChange {
  readonly name: ObservedSetting | 'max_wal_senders';
  /** As the server has it now. */
  readonly from: string;
  readonly to: string;
  readonly needsRestart: boolean;
}

/** What the server needs for its WAL to be shipped. */
export interface InitPlan {
  readonly changes: readonly SettingChange[];
  readonly needsRestart: boolean;
}

/** What {@link planInit} aims at. */
export interface InitTarget {
  readonly spool: string;
  /** `archive_timeout` in seconds: the longest that a quiet server keeps a commit to itself. */
  readonly archiveTimeoutSec: number;
  /**
   * Whether another tool's `archive_command` may go.
   *
   * @default false
   */
  readonly replaceArchiveCommand?: boolean;
}

/** One backup, one resident reader of WAL, and one to spare. */
const MIN_WAL_SENDERS = 3;
/** How PostgreSQL shows any archive_command while archive_mode is off. */
const DISABLED = '(disabled)';

/**
 * Settings to change so that the server's WAL reaches the store.
 *
 * @throws {@link OpsError} `PG-SETTINGS` for settings under which no archive is worth anything, or
 *   that someone chose for another tool: they are named, never changed.
 * @see https://www.postgresql.org/docs/15/continuous-archiving.html
 */
export function planInit(server: ServerDescription, target: InitTarget): InitPlan {
  refuseUnsafe(server, target);
  const rows = [
    row(server, 'wal_level', ['replica', 'logical'], 'replica', true),
    row(server, 'archive_mode', ['on'], 'on', true),
    row(
      server,
      'archive_command',
      [archiveCommand(target.spool)],
      archiveCommand(target.spool),
      false,
    ),
    row(
      server,
      'archive_timeout',
      [String(target.archiveTimeoutSec)],
      String(target.archiveTimeoutSec),
      false,
    ),
    enoughSenders(server),
  ];
  const changes = rows.filter((change) => change !== undefined);
  return {
    changes,
    needsRestart: server.pendingRestart.length > 0 || changes.some((change) => change.needsRestart),
  };
}

function refuseUnsafe(server: ServerDescription, target: InitTarget): void {
  const { settings } = server;
  const { archive_command: command = '' } = settings;
  const isForeign = command !== '' && command !== DISABLED && !isOwnArchiveCommand(command);
  const faults: readonly (readonly [boolean, string, string])[] = [
    [
      server.inRecovery,
      'the server is in recovery',
      'run init on the primary: a standby takes its settings and roles from there',
    ],
    [
      settings.archive_mode === 'always',
      'archive_mode is always',
      "set it to on: a standby would archive the primary's WAL a second time",
    ],
    [
      (settings.archive_library ?? '') !== '',
      `archive_library is ${settings.archive_library}`,
      'reset it: PostgreSQL uses archive_command or a library, not both',
    ],
    [
      isForeign && target.replaceArchiveCommand !== true,
      `archive_command is ${command}`,
      'another tool archives here: to put Holdfast in its place use --replace-archive-command',
    ],
    [
      settings.fsync === 'off',
      'fsync is off',
      'turn it on: after a crash neither the server nor its backups could be trusted',
    ],
    [
      settings.full_page_writes === 'off',
      'full_page_writes is off',
      'turn it on: a base backup could hold torn pages',
    ],
  ];
  const found = faults.filter(([isFault]) => isFault);
  if (found.length === 0) return;
  throw new OpsError('PG-SETTINGS', found.map(([, what]) => what).join('; '), {
    hint: found.map(([, , hint]) => hint).join('; '),
  });
}

function row(
  { settings }: ServerDescription,
  name: ObservedSetting,
  good: readonly string[],
  to: string,
  needsRestart: boolean,
): SettingChange | undefined {
  const from = settings[name] ?? '';
  return good.includes(from) ? undefined : { name, from, to, needsRestart };
}

function enoughSenders({ settings }: ServerDescription): SettingChange | undefined {
  const from = settings.max_wal_senders ?? '0';
  if (Number(from) >= MIN_WAL_SENDERS) return undefined;
  return { name: 'max_wal_senders', from, to: String(MIN_WAL_SENDERS), needsRestart: true };
}
