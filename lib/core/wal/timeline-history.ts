import { OpsError } from '../errors/ops-error.ts';
import { formatLsn, parseLsn, type Lsn } from './lsn.ts';
import { isTimeline, segmentNumberAt } from './segment.ts';

/** An ancestor, and where it was left. */
export interface ParentTimeline {
  readonly timeline: number;
  /** First byte that no longer counts on this timeline. */
  readonly endLsn: Lsn;
  /** Why, in the server's words; may be empty. */
  readonly reason: string;
}

/**
 * A timeline and the ancestors it came from.
 *
 * Ids ascend, but LSNs need not: when recovery along timeline 2 stops before 2 begins, PostgreSQL
 * still writes 2 as the parent of the new timeline, with an end before its begin. The youngest
 * entry that covers a byte then owns it, and such a parent owns nothing.
 */
export interface TimelineHistory {
  readonly timeline: number;
  /** Oldest first. */
  readonly parents: readonly ParentTimeline[];
}

/** The stretch of WAL that one timeline contributes to a history. */
export interface TimelineSpan {
  readonly timeline: number;
  readonly beginLsn: Lsn;
  /** First byte after the stretch; `undefined` on the timeline that is still open. */
  readonly endLsn: Lsn | undefined;
}

const LINE = /^\s*(\d{1,10})\s+([0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8})(?:\s+(.*))?$/;
const IGNORED_LINE = /^\s*(#|$)/;

/**
 * Reads the `.history` file of `timeline`. Comments, blank lines and any white space are accepted
 * where the server accepts them.
 *
 * @throws {@link OpsError} `WAL-HISTORY` when a line has no timeline id and LSN, when ids do not
 *   ascend, or when `timeline` is not above them all.
 * @see PostgreSQL readTimeLineHistory, src/backend/access/transam/timeline.c
 */
export function parseTimelineHistory(text: string, timeline: number): TimelineHistory {
  const parents: ParentTimeline[] = [];
  let youngest = 0;
  for (const line of text.split(/\r?\n/)) {
    if (IGNORED_LINE.test(line)) continue;
    const [, id, lsn, reason] = LINE.exec(line) ?? [];
    if (id === undefined || lsn === undefined) throw malformed(timeline, `cannot be read: ${line}`);
    const parent = Number(id);
    if (parent <= youngest) throw malformed(timeline, `has ids that do not ascend: ${line}`);
    youngest = parent;
    parents.push({ timeline: parent, endLsn: parseLsn(lsn), reason: reason?.trimEnd() ?? '' });
  }
  if (!isTimeline(timeline) || timeline <= youngest) {
    throw malformed(timeline, `names ${youngest} as an ancestor, which is not older`);
  }
  return { timeline, parents };
}

/** The `.history` file of `history`, one line for each parent; {@link parseTimelineHistory} reads it back. */
export function formatTimelineHistory(history: TimelineHistory): string {
  return history.parents
    .map(({ timeline, endLsn, reason }) => `${timeline}\t${formatLsn(endLsn)}\t${reason}\n`)
    .join('');
}

/** The stretches of WAL that make up `history`, oldest first: without holes, none of them empty. */
export function timelineSpans(history: TimelineHistory): readonly TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  let endLsn: Lsn | undefined;
  const youngestFirst = [history, ...history.parents.toReversed()];
  for (const [index, { timeline }] of youngestFirst.entries()) {
    // A timeline begins where its parent was left: the next entry towards the past.
    const parent = history.parents.at(-1 - index);
    const beginLsn = parent?.endLsn ?? 0n;
    if (endLsn !== undefined && beginLsn >= endLsn) continue;
    spans.push({ timeline, beginLsn, endLsn });
    endLsn = beginLsn;
  }
  return spans.toReversed();
}

/**
 * The timeline that holds the byte at `lsn`.
 *
 * @see PostgreSQL tliOfPointInHistory, src/backend/access/transam/timeline.c
 */
export function timelineAt(history: TimelineHistory, lsn: Lsn): number {
  const span = timelineSpans(history).findLast(({ beginLsn }) => beginLsn <= lsn);
  return span?.timeline ?? history.timeline;
}

/**
 * Where `history` leaves `timeline` for good, as the first byte no longer taken from it;
 * `undefined` for the history's own timeline, which is not left, and for one that is not in it.
 *
 * @see PostgreSQL tliSwitchPoint, src/backend/access/transam/timeline.c
 */
export function switchPoint(history: TimelineHistory, timeline: number): Lsn | undefined {
  const index = history.parents.findIndex((parent) => parent.timeline === timeline);
  if (index === -1) return undefined;
  const ends = history.parents.slice(index).map(({ endLsn }) => endLsn);
  return ends.reduce((lowest, lsn) => (lsn < lowest ? lsn : lowest));
}

/**
 * The timeline whose file PostgreSQL asks for first when it wants segment `segmentNumber`: the
 * youngest that begins in or before it. That file starts with a copy of its parent's bytes.
 *
 * @param segmentBytes - the cluster's `wal_segment_size` in bytes.
 * @throws {@link OpsError} `WAL-SEGMENT-SIZE`.
 * @see PostgreSQL XLogFileReadAnyTLI, src/backend/access/transam/xlogrecovery.c
 */
export function segmentTimeline(
  history: TimelineHistory,
  segmentNumber: bigint,
  segmentBytes: number,
): number {
  const span = timelineSpans(history).findLast(
    ({ beginLsn }) => segmentNumberAt(beginLsn, segmentBytes) <= segmentNumber,
  );
  return span?.timeline ?? history.timeline;
}

function malformed(timeline: number, what: string): OpsError {
  return new OpsError('WAL-HISTORY', `the history of timeline ${timeline} ${what}`, {
    hint: 'compare the .history file in the store with the one in pg_wal of the server that wrote it',
    details: { timeline },
  });
}
