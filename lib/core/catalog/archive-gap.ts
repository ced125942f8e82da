import { gapAround, type KnownGap } from '../store/gap-log.ts';
import { missingBetween, type PathGap, pathStretches, walPath } from '../wal/continuity.ts';
import { parseSegment, type Segment, segmentName } from '../wal/segment.ts';
import { segmentTimeline, switchPoint, type TimelineHistory } from '../wal/timeline-history.ts';
import type { ArchiveListing } from './archive-listing.ts';
import type { BackupPlace } from '../store/records.ts';

/** A hole in the archive behind which WAL goes on: no recovery can pass it. */
export interface ArchiveGap {
  /** Timeline whose file is wanted for the first missing segment. */
  readonly timeline: number;
  /** Last segment before the hole. */
  readonly afterSegment: string;
  /** First segment behind it. */
  readonly beforeSegment: string;
  /** How many segments are missing. */
  readonly missing: number;
  /** The acknowledgements that explain all of it; empty as long as any of it is unexplained. */
  readonly known: readonly KnownGap[];
}

/** Widest that several uploads in flight can leave open, in segments. */
const UPLOAD_WINDOW = 16n;
/** A hole at the end of the archive counts as in flight until what came behind it is this old. */
const IN_FLIGHT_MS = 5 * 60_000;

/**
 * Every gap on a path that some backup could follow, oldest first. WAL before the first backup and
 * past a branch on an abandoned timeline is nobody's path, so it has no gaps; neither has WAL before the
 * first backup behind which retention let none go. A narrow hole at the very end that is still being filled
 * is none either.
 *
 * @param backups - oldest first.
 * @param writerTimeline - never abandoned: after a rollback others came from it, and it goes on.
 */
export function findGaps(
  listing: ArchiveListing,
  backups: readonly BackupPlace[],
  writerTimeline: number,
  now: Date,
): readonly ArchiveGap[] {
  const histories = [...listing.histories.values()];
  const left = new Set(histories.flatMap(({ parents }) => parents.map((one) => one.timeline)));
  left.delete(writerTimeline);
  const gaps = new Map<string, ArchiveGap>();
  for (const history of histories) {
    // A timeline that others came from is walked on their paths, up to where they left it.
    const first = left.has(history.timeline)
      ? undefined
      : backups.find((backup) => follows(backup, history) && leadsOn(listing, backup, history));
    if (first === undefined) continue;
    for (const gap of gapsAlong(listing, history, first, now)) {
      gaps.set(`${gap.afterSegment} ${gap.beforeSegment}`, gap);
    }
  }
  return [...gaps.values()];
}

/** Whether `backup` was taken on `history`, before it was left. */
export function follows(backup: BackupPlace, history: TimelineHistory): boolean {
  if (backup.timeline === history.timeline) return true;
  const left = switchPoint(history, backup.timeline);
  return left !== undefined && left >= backup.stopLsn;
}

/**
 * Whether nothing behind `backup` was let go along `history`: else it is kept for its own moment alone. What
 * is still there, or there again, leads on.
 */
function leadsOn(
  { gone = [], runs }: ArchiveListing,
  { stopSegment, segmentBytes }: BackupPlace,
  history: TimelineHistory,
): boolean {
  const stop = parseSegment(stopSegment, segmentBytes).number;
  const stretches = pathStretches(history, segmentBytes);
  return !gone.some(({ first, last }) => {
    const from = parseSegment(first, segmentBytes);
    const to = parseSegment(last, segmentBytes).number;
    const own = stretches.find(({ timeline }) => timeline === from.timeline);
    if (own === undefined) return false;
    const end = own.last !== undefined && own.last < to ? own.last : to;
    const begin = [own.first, from.number].reduce((a, b) => (a > b ? a : b), stop + 1n);
    return begin <= end && missingBetween(runs, own.timeline, begin, end).length > 0;
  });
}

function gapsAlong(
  listing: ArchiveListing,
  history: TimelineHistory,
  backup: BackupPlace,
  now: Date,
): readonly ArchiveGap[] {
  const { segmentBytes } = backup;
  const wanted = (number: bigint): Segment => {
    const timeline = segmentTimeline(history, number, segmentBytes);
    return parseSegment(segmentName(timeline, number, segmentBytes), segmentBytes);
  };
  const gaps: ArchiveGap[] = [];
  let from = parseSegment(backup.startSegment, segmentBytes);
  for (;;) {
    const { gap } = walPath(listing.runs, history, from, segmentBytes);
    if (gap === undefined) return gaps;
    const behind = wanted(gap.before);
    const known = acknowledged(listing, gap, wanted);
    if (known.length > 0 || !isInFlight(listing, gap.after, behind, now)) {
      gaps.push({
        timeline: gap.timeline,
        afterSegment: wanted(gap.after).name,
        beforeSegment: behind.name,
        missing: Number(gap.missing),
        known,
      });
    }
    from = behind;
  }
}

/** The acknowledged gaps that together cover a hole, which may span a branch. */
function acknowledged(
  { knownGaps }: ArchiveListing,
  { after, before }: PathGap,
  wanted: (number: bigint) => Segment,
): readonly KnownGap[] {
  const known = new Set<KnownGap>();
  for (let number = after + 1n; number < before; number += 1n) {
    const gap = gapAround(knownGaps, wanted(number).name);
    if (gap === undefined) return [];
    known.add(gap);
  }
  return [...known];
}

/** Whether uploads are still filling the hole before `behind`: it is narrow, at the end, and new. */
function isInFlight(listing: ArchiveListing, after: bigint, behind: Segment, now: Date): boolean {
  const ends = listing.runs
    .filter((run) => run.timeline === behind.timeline)
    .map((run) => run.last);
  const end = ends.reduce((last, one) => (one > last ? one : last), behind.number);
  const arrivedAt = listing.arrivals.get(behind.name);
  const isNew = arrivedAt !== undefined && now.getTime() - arrivedAt.getTime() < IN_FLIGHT_MS;
  return isNew && end - after <= UPLOAD_WINDOW;
}
