import { OpsError } from '../errors/ops-error.ts';
import { parseSegment, segmentNumberAt, type SegmentRef } from './segment.ts';
import { timelineSpans, type TimelineHistory } from './timeline-history.ts';

/** Numbers `first` to `last`, both included. */
export interface SegmentRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Consecutive segments of one timeline, `first` and `last` included. */
export interface SegmentRun extends SegmentRange {
  readonly timeline: number;
}

/** Folds segment names into runs, so that a listing of any length takes little memory. */
export interface RunBuilder {
  /**
   * Names in order of their listing cost no memory but for holes. Throws as {@link parseSegment}.
   *
   * @returns whether it is not the one after the name before it.
   */
  add(name: string): boolean;
  /** Everything added so far, by timeline and number; no two runs touch. */
  runs(): readonly SegmentRun[];
}

/** A hole in a path behind which WAL goes on. */
export interface PathGap {
  /** The timeline whose file is wanted for the first missing segment. */
  readonly timeline: number;
  /** Number of the segment before the hole. */
  readonly after: bigint;
  /** Number of the first segment after it. */
  readonly before: bigint;
  /** How many segments are missing. */
  readonly missing: bigint;
}

/** The WAL that a recovery can read from a segment on. */
export interface WalPath {
  /** What is there without a hole, in order of replay. */
  readonly segments: readonly SegmentRun[];
  /** Last segment of it; `undefined` when even the first is absent. */
  readonly end: SegmentRef | undefined;
  /** Set when the path ends at a hole and not at the end of the WAL. */
  readonly gap?: PathGap;
}

/** Starts with no runs. `segmentBytes` is the cluster's `wal_segment_size`. */
export function runBuilder(segmentBytes: number): RunBuilder {
  let runs: SegmentRun[] = [];
  return {
    add: (name) => {
      const { timeline, number } = parseSegment(name, segmentBytes);
      const run = runs.at(-1);
      if (run?.timeline === timeline && run.last + 1n === number) {
        runs[runs.length - 1] = { ...run, last: number };
        return false;
      }
      runs.push({ timeline, first: number, last: number });
      return true;
    },
    runs: () => {
      runs = joinRuns(runs);
      return [...runs];
    },
  };
}

/** The ranges of numbers from `from` to `to`, both included, that `runs` lacks on `timeline`. */
export function missingBetween(
  runs: readonly SegmentRun[],
  timeline: number,
  from: bigint,
  to: bigint,
): readonly SegmentRange[] {
  const missing: SegmentRange[] = [];
  let next = from;
  for (const run of joinRuns(clipRuns(runs, { timeline, first: from, last: to }))) {
    if (run.first > next) missing.push({ first: next, last: run.first - 1n });
    next = run.last + 1n;
  }
  if (next <= to) missing.push({ first: next, last: to });
  return missing;
}

/**
 * Follows `history` from segment `from` to the first hole, or to the end of the WAL there is.
 *
 * Each number is looked for on the one timeline whose file PostgreSQL asks for first. From a
 * branch's segment on that is the new timeline, whose file holds its parent's bytes too: the
 * parent's own copy may be missing or partial, and WAL past the branch is never looked at. The
 * parent's copy never stands in for the new timeline's either, because replay would run on past
 * the branch. To name every gap, call again from the segment behind each.
 *
 * @param from - where to begin: on a timeline of `history`, not past the segment where it was left.
 * @throws {@link OpsError} `WAL-HISTORY` when `from` is not on the path of `history`.
 * @see PostgreSQL XLogFileReadAnyTLI, src/backend/access/transam/xlogrecovery.c
 */
export function walPath(
  runs: readonly SegmentRun[],
  history: TimelineHistory,
  from: SegmentRef,
  segmentBytes: number,
): WalPath {
  assertOnPath(history, from, segmentBytes);
  const segments: SegmentRun[] = [];
  let next = from.number;
  for (const stretch of pathStretches(history, segmentBytes)) {
    const first = stretch.first > from.number ? stretch.first : from.number;
    for (const run of joinRuns(clipRuns(runs, { ...stretch, first }))) {
      if (run.first > next) {
        return { ...pathOf(segments), gap: gapBetween(history, next, run.first, segmentBytes) };
      }
      segments.push(run);
      next = run.last + 1n;
    }
  }
  return pathOf(segments);
}

function pathOf(segments: readonly SegmentRun[]): WalPath {
  const last = segments.at(-1);
  return { segments, end: last && { timeline: last.timeline, number: last.last } };
}

function gapBetween(
  history: TimelineHistory,
  next: bigint,
  before: bigint,
  segmentBytes: number,
): PathGap {
  const owner = pathStretches(history, segmentBytes).findLast(({ first }) => first <= next);
  const timeline = owner?.timeline ?? history.timeline;
  return { timeline, after: next - 1n, before, missing: before - next };
}

/** A run whose end may be open. */
export interface Stretch {
  readonly timeline: number;
  readonly first: bigint;
  readonly last: bigint | undefined;
}

/**
 * Which timeline's files make up `history`, oldest first. Of timelines that begin in one segment
 * only the youngest one's file is wanted: the others' stretches are empty.
 */
export function pathStretches(history: TimelineHistory, segmentBytes: number): readonly Stretch[] {
  const starts = timelineSpans(history).map(({ timeline, beginLsn }) => ({
    timeline,
    first: segmentNumberAt(beginLsn, segmentBytes),
  }));
  return starts.map((start, index) => {
    const successor = starts[index + 1]?.first;
    return { ...start, last: successor === undefined ? undefined : successor - 1n };
  });
}

function assertOnPath(history: TimelineHistory, from: SegmentRef, segmentBytes: number): void {
  const span = timelineSpans(history).find(({ timeline }) => timeline === from.timeline);
  const starts = span && segmentNumberAt(span.beginLsn, segmentBytes) <= from.number;
  const goesOn =
    span?.endLsn === undefined || from.number <= segmentNumberAt(span.endLsn, segmentBytes);
  if (starts === true && goesOn) return;
  throw new OpsError(
    'WAL-HISTORY',
    `segment ${from.number} of timeline ${from.timeline} is not on the path of timeline ${history.timeline}`,
    {
      hint: 'choose a timeline whose history holds this segment, such as its own',
      details: { timeline: history.timeline, fromTimeline: from.timeline },
    },
  );
}

/** The parts of `runs` inside `stretch`. */
function clipRuns(runs: readonly SegmentRun[], stretch: Stretch): SegmentRun[] {
  const { timeline, first, last } = stretch;
  return runs
    .filter((run) => run.timeline === timeline)
    .map((run) => ({
      timeline,
      first: run.first > first ? run.first : first,
      last: last !== undefined && run.last > last ? last : run.last,
    }))
    .filter((run) => run.first <= run.last);
}

/** `runs` in order, with those that overlap or touch made one. */
export function joinRuns(runs: readonly SegmentRun[]): SegmentRun[] {
  const joined: SegmentRun[] = [];
  for (const run of runs.toSorted(compareRuns)) {
    const previous = joined.at(-1);
    if (previous?.timeline === run.timeline && run.first <= previous.last + 1n) {
      const last = run.last > previous.last ? run.last : previous.last;
      joined[joined.length - 1] = { ...previous, last };
    } else {
      joined.push(run);
    }
  }
  return joined;
}

function compareRuns(a: SegmentRun, b: SegmentRun): number {
  if (a.timeline !== b.timeline) return a.timeline - b.timeline;
  return a.first < b.first ? -1 : Number(a.first > b.first);
}
