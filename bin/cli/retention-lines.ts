import { windowStart } from '../../lib/core/retention/plan/known-backup.ts';
import type { Reason, RetentionPlan } from '../../lib/core/retention/retention-plan.ts';
import { countSegments, formatBytes, formatTable, formatTime } from './format.ts';

/** What stays or goes: a backup or a stretch of WAL. */
interface Fate {
  readonly stays: boolean;
  readonly storedBytes: number;
  readonly reasons: readonly Reason[];
}

/** A plan for a person. `alarm` paints what needs one. */
export function retentionLines(
  plan: RetentionPlan,
  alarm: (text: string) => string,
): readonly string[] {
  const { at, policy, backups, wal, warnings } = plan;
  const since = windowStart({ now: at, policy });
  const zone = policy.timeZone;
  return [
    `Recovery window: ${formatTime(since)} to ${formatTime(at)}, ${policy.windowDays} days. Calendar: ${zone}.`,
    '',
    ...(backups.length === 0 ? ['There is no base backup.'] : formatTable(backupRows(plan))),
    '',
    ...(wal.length === 0 ? ['There is no WAL.'] : formatTable(walRows(plan))),
    '',
    ...warnings.map(({ rule, says }) => alarm(`${rule}: ${says}`)),
    `Stays: ${totalOf(plan, true)}.`,
    `May go: ${totalOf(plan, false)}.`,
  ];
}

function backupRows({ backups }: RetentionPlan): readonly (readonly string[])[] {
  return [
    ['backup', 'state', 'stored', '', 'not before', 'why'],
    ...backups.map((backup) => [
      backup.id,
      backup.state,
      formatBytes(backup.storedBytes),
      fateOf(backup),
      backup.until === undefined ? '' : formatTime(backup.until),
      whyOf(backup),
    ]),
  ];
}

function walRows({ wal }: RetentionPlan): readonly (readonly string[])[] {
  return [
    ['first segment', 'last segment', 'segments', 'stored', '', 'why'],
    ...wal.map((range) => [
      range.first,
      range.last,
      String(range.segments),
      formatBytes(range.storedBytes),
      fateOf(range),
      whyOf(range),
    ]),
  ];
}

function fateOf({ stays }: Fate): string {
  return stays ? 'stays' : 'MAY GO';
}

/** The words; the first one's sentence. */
function whyOf({ reasons }: Fate): string {
  const rules = [...new Set(reasons.map(({ rule }) => rule))].join(', ');
  return `${rules}: ${reasons[0]?.says ?? ''}`;
}

function totalOf({ backups, wal }: RetentionPlan, stays: boolean): string {
  const some = backups.filter((one) => one.stays === stays);
  const ranges = wal.filter((one) => one.stays === stays);
  const bytes = [...some, ...ranges].reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  const segments = ranges.reduce((sum, one) => sum + one.segments, 0);
  const count = some.length === 1 ? '1 backup' : `${some.length} backups`;
  return `${count} and ${countSegments(segments)}, ${formatBytes(bytes)}`;
}
