import type { ArchiveGap } from '../../lib/core/catalog/archive-gap.ts';
import type { RecoverablePoint } from '../../lib/core/catalog/recoverable-point.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { countSegments, formatBytes, formatSeconds, formatTime } from './format.ts';

/** What `status` knows; whatever could not be told is undefined. */
export interface Status {
  readonly cluster: string;
  readonly lineage: string;
  readonly lastBackup:
    | { readonly id: string; readonly finishedAt: Date; readonly bytes: number }
    | undefined;
  readonly recoverablePoint: RecoverablePoint | undefined;
  readonly archive: {
    /** How far the server is ahead of the recoverable point. */
    readonly lagBytes: number | undefined;
    /** Segments that PostgreSQL offers and nobody has archived. */
    readonly readySegments: number | undefined;
    readonly segments: number;
    readonly storedBytes: number;
    readonly newestAt: Date | undefined;
    readonly gaps: readonly ArchiveGap[];
  };
}

const LABEL_WIDTH = 19;

/** The status for a person; `alarm` makes loud what is missing. */
export function statusLines(
  status: Status,
  now: Date,
  alarm: (text: string) => string,
): readonly string[] {
  const { archive } = status;
  const { readySegments: ready, lagBytes: lag } = archive;
  const row = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${text}`;
  return [
    row('cluster', status.cluster),
    row('lineage', status.lineage),
    ...backupTexts(status, now, alarm).map((text, index) =>
      row(index === 0 ? 'last backup' : '', text),
    ),
    row('recoverable point', pointText(status, now, alarm)),
    row('archive', archiveText(status, now, alarm)),
    row('waiting', ready === undefined ? 'unknown' : countSegments(ready)),
    row('lag', lag === undefined ? 'unknown' : formatBytes(lag)),
    ...archive.gaps.map((gap) => gapLine(gap, alarm)),
  ];
}

/** Names a gap, and what it means; an acknowledged one is no alarm, and says by whom and why. */
export function gapLine(gap: ArchiveGap, alarm: (text: string) => string): string {
  const { timeline, afterSegment, beforeSegment, missing, known } = gap;
  const where = `on timeline ${timeline}: ${countSegments(missing)} missing between ${afterSegment} and ${beforeSegment}`;
  if (known.length === 0)
    return alarm(`GAP ${where}; no recovery can pass it: run "holdfast resolve" on the server`);
  const who = known.map(({ by, reason }) => `${by ?? 'nobody knows whom'}: ${reason}`);
  return `known gap ${where}; acknowledged by ${who.join('; ')}`;
}

function backupTexts(
  { lastBackup }: Status,
  now: Date,
  alarm: (text: string) => string,
): readonly string[] {
  if (lastBackup === undefined) return [alarm('NONE: take one with "holdfast backup"')];
  const { id, bytes, finishedAt } = lastBackup;
  const when = `${formatTime(finishedAt)}, ${age(finishedAt, now)} ago`;
  return [id, `${formatBytes(bytes)}, finished ${when}`];
}

function pointText(
  { recoverablePoint: point }: Status,
  now: Date,
  alarm: (text: string) => string,
): string {
  if (point === undefined) return alarm('NONE: nothing can be recovered');
  const { time, lsn } = point;
  return `${formatTime(time)}, ${age(time, now)} ago, ${formatLsn(lsn)}`;
}

function archiveText({ archive }: Status, now: Date, alarm: (text: string) => string): string {
  const { segments, storedBytes, newestAt } = archive;
  if (segments === 0 || newestAt === undefined) {
    return alarm('EMPTY: no WAL has arrived; does the agent run, is archive_mode on?');
  }
  return `${countSegments(segments)}, ${formatBytes(storedBytes)}, the newest arrived ${age(newestAt, now)} ago`;
}

function age(then: Date, now: Date): string {
  return formatSeconds(Math.max(0, now.getTime() - then.getTime()) / 1_000);
}
