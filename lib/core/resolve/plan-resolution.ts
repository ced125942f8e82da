import type { ArchiveGap } from '../catalog/archive-gap.ts';
import type { ArchiveListing } from '../catalog/archive-listing.ts';
import { isRestorable } from '../catalog/restorable.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { KnownGap } from '../store/gap-log.ts';
import type { BackupSummary, GapRecord } from '../store/records.ts';
import { nextSegment, parseSegment, segmentName } from '../wal/segment.ts';
import { segmentTimeline } from '../wal/timeline-history.ts';
import type { SegmentSpan, Trouble } from './find-trouble.ts';

/** One thing that can be acknowledged. */
export interface Resolvable extends SegmentSpan {
  readonly kind: GapRecord['kind'];
}

/** What somebody wants to acknowledge. */
export interface ResolveRequest {
  readonly kind: GapRecord['kind'];
  /** Any segment of it. */
  readonly segment: string;
  /** For whoever reads it in a year. */
  readonly reason: string;
  readonly by: string;
  readonly at: Date;
  /** Of this server, the writer. */
  readonly epoch: number;
}

/** What there is to do for a request. */
export interface Resolution {
  readonly gap: GapRecord | KnownGap;
  /** The record to write first; `undefined` when it is there, from an attempt that was interrupted. */
  readonly record: GapRecord | undefined;
  /** A backup that starts behind the gap; `undefined` when one must be taken. */
  readonly anchor: string | undefined;
  /** Backups that cannot be restored without what is given up. */
  readonly lostBackups: readonly string[];
}

/** Everything that can be acknowledged, by its first segment. */
export function resolvables(trouble: Trouble, segmentBytes: number): readonly Resolvable[] {
  const { archive, holes, lost, poisoned } = trouble;
  const missing = [
    ...holes.flatMap((hole) => spansOf(hole, archive, segmentBytes)),
    ...spansOfNames(lost, segmentBytes),
  ];
  const all = [
    ...missing.map((span): Resolvable => ({ kind: 'missing', ...span })),
    ...(poisoned === undefined ? [] : [{ kind: 'poisoned' as const, ...poisoned }]),
  ];
  return all.toSorted((a, b) => (a.firstSegment < b.firstSegment ? -1 : 1));
}

/**
 * Plans an acknowledgement, or the rest of one that was interrupted.
 *
 * @throws {@link OpsError} `WAL-RESOLVE` when there is nothing wrong at that segment, or no reason.
 */
export function planResolution(
  trouble: Trouble,
  request: ResolveRequest,
  segmentBytes: number,
): Resolution {
  const { kind, segment, by, at, epoch } = request;
  const { archive, backups } = trouble;
  const standing = archive.knownGaps.find((gap) => gap.kind === kind && isWithin(segment, gap));
  if (standing !== undefined) {
    const anchor = standing.anchor ?? firstBehind(standing, archive, backups);
    return { gap: standing, record: undefined, anchor, lostBackups: lostWith(standing, backups) };
  }
  const found = resolvables(trouble, segmentBytes);
  const wrong = found.find((one) => one.kind === kind && isWithin(segment, one));
  if (wrong === undefined) throw nothingWrong(request, found);
  const reason = request.reason.trim();
  if (reason === '') {
    throw new OpsError('WAL-RESOLVE', 'a gap is not acknowledged without a reason', {
      hint: 'say with --reason what happened: whoever meets the gap later reads it',
    });
  }
  const { firstSegment, lastSegment } = wrong;
  const { timeline } = parseSegment(firstSegment, segmentBytes);
  const id = `${firstSegment}-${kind}`;
  const record = { id, kind, timeline, firstSegment, lastSegment, reason, by, at, epoch };
  const anchor = firstBehind(record, archive, backups);
  return { gap: record, record, anchor, lostBackups: lostWith(record, backups) };
}

/** The oldest restorable backup that needs nothing of the gap, nor of what was before it. */
function firstBehind(
  { lastSegment }: SegmentSpan,
  archive: ArchiveListing,
  backups: readonly BackupSummary[],
): string | undefined {
  const behind = backups.find((backup) => {
    const last = parseSegment(lastSegment, backup.segmentBytes);
    const start = parseSegment(backup.startSegment, backup.segmentBytes);
    const isBehind = start.timeline >= last.timeline && start.number > last.number;
    return isBehind && isRestorable(backup, archive);
  });
  return behind?.id;
}

function lostWith(
  { firstSegment, lastSegment }: SegmentSpan,
  backups: readonly BackupSummary[],
): readonly string[] {
  return backups
    .filter(({ startSegment, stopSegment }) => {
      const isOnTimeline = startSegment.slice(0, 8) === firstSegment.slice(0, 8);
      return isOnTimeline && startSegment <= lastSegment && stopSegment >= firstSegment;
    })
    .map(({ id }) => id);
}

function isWithin(segment: string, { firstSegment, lastSegment }: SegmentSpan): boolean {
  return firstSegment <= segment && segment <= lastSegment;
}

/** The missing names: a hole that spans a branch lacks files of both timelines. */
function spansOf(
  { afterSegment, beforeSegment }: ArchiveGap,
  { histories }: ArchiveListing,
  segmentBytes: number,
): readonly SegmentSpan[] {
  const after = parseSegment(afterSegment, segmentBytes);
  const before = parseSegment(beforeSegment, segmentBytes);
  const history = histories.get(before.timeline) ?? { timeline: before.timeline, parents: [] };
  const names: string[] = [];
  for (let number = after.number + 1n; number < before.number; number += 1n) {
    const timeline = segmentTimeline(history, number, segmentBytes);
    names.push(segmentName(timeline, number, segmentBytes));
  }
  return spansOfNames(names, segmentBytes);
}

/** @param names - in order. */
function spansOfNames(names: readonly string[], segmentBytes: number): readonly SegmentSpan[] {
  const spans: SegmentSpan[] = [];
  for (const name of names) {
    const previous = spans.at(-1);
    if (previous !== undefined && nextSegment(previous.lastSegment, segmentBytes) === name) {
      spans[spans.length - 1] = { ...previous, lastSegment: name };
    } else {
      spans.push({ firstSegment: name, lastSegment: name });
    }
  }
  return spans;
}

function nothingWrong({ kind, segment }: ResolveRequest, found: readonly Resolvable[]): OpsError {
  const what = kind === 'missing' ? 'is not in a gap' : 'is not under the name of another history';
  const others = found.map((one) => `${one.kind} from ${one.firstSegment}`);
  return new OpsError('WAL-RESOLVE', `${segment} ${what}: there is nothing to resolve`, {
    hint:
      others.length === 0
        ? 'if the agent refuses a segment, its log names the code: see that section of the runbook'
        : `there is ${others.join(', ')}: run "holdfast resolve" to see each with its command`,
    details: { segment },
  });
}
