import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { IndexedArchive } from '../../wal/index/read-index.ts';
import { type EventFilter, type FoundEvent, walkEvents } from '../../wal/index/walk-events.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import { formatLsn, type Lsn } from '../../wal/lsn.ts';
import { formatMicros } from '../../wal/micros.ts';
import { type AbandonedStretch, abandonedStretches, runsFrom } from './abandoned-stretch.ts';
import { candidates } from './choose-window.ts';
import { LATEST, type PlacedTarget } from './placed-target.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';
import { onOtherTimeline, type Sighting } from './timeline-refusals.ts';
import { behindEnd, outsideTime } from './window-refusals.ts';

type TimeTarget = Extract<RecoveryTarget, { kind: 'time' }>;

/**
 * Places a time: before the first transaction that ended later, from the backup's start on, as
 * PostgreSQL does. When there is none, all WAL is replayed.
 *
 * @throws {@link OpsError} as {@link placeTarget}.
 * @see PostgreSQL recoveryStopsBefore, src/backend/access/transam/xlogrecovery.c
 */
export async function placeTime(
  archive: IndexedArchive,
  request: RecoveryRequest,
  target: TimeTarget,
  options: CallOptions,
): Promise<PlacedTarget> {
  const { now, choices } = request;
  const windows = candidates(request);
  if (target.time > now) throw outsideTime(windows, target, 'is in the future', now);
  const suitable = windows.filter(({ fromTime }) => fromTime <= target.time);
  if (suitable.length === 0) {
    throw outsideTime(windows, target, 'is before every restorable backup', now);
  }
  if (choices.timeline === undefined) await assertOneTimeline(archive, request, target, options);
  for (const window of suitable) {
    const filter = endsAfter(target, choices.exclusive === true, window.backup.startLsn);
    const event = await first(archive, window.path.segments, filter, options);
    if (event === undefined) return atEnd(window, windows, target, now);
    const stop = { stopLsn: event.previousEndLsn, readTo: event.endLsn };
    // A clock that was set back: this backup would be asked to stop before it is consistent.
    if (event.lsn >= window.fromLsn) return { window, stopAt: target, stop };
  }
  const why = 'is before the time of a transaction that ended while each backup was taken';
  throw outsideTime(windows, target, why, now);
}

function endsAfter({ micros }: TimeTarget, isExclusive: boolean, from: Lsn): EventFilter {
  const isPast = (time: bigint): boolean => (isExclusive ? time >= micros : time > micros);
  return {
    mayHold: ({ latestEnd }) => latestEnd !== undefined && isPast(latestEnd),
    isWanted: (event) => event.kind === 'end' && event.lsn >= from && isPast(event.time),
  };
}

function atEnd(
  window: RecoveryWindow,
  windows: readonly RecoveryWindow[],
  target: TimeTarget,
  now: Date,
): PlacedTarget {
  const obstacle = behindEnd(window);
  if (obstacle === undefined) return { window, stopAt: LATEST };
  throw outsideTime(windows, target, obstacle, now);
}

/** A time that other timelines have commits around is not ours to choose. */
async function assertOneTimeline(
  archive: IndexedArchive,
  request: RecoveryRequest,
  target: TimeTarget,
  options: CallOptions,
): Promise<void> {
  const along = candidates(request);
  const [own] = along;
  if (own === undefined) return;
  const sightings: Sighting[] = [];
  const parted: Lsn[] = [];
  for (const stretch of abandonedStretches(request.windows, own.history)) {
    const where = await coveredBy(archive, stretch, target, options);
    if (where === undefined) continue;
    sightings.push({ timeline: stretch.timeline, where });
    parted.push(stretch.fromLsn);
  }
  const [lowest] = parted.toSorted((a, b) => (a < b ? -1 : 1));
  if (lowest === undefined) return;
  const runs = runsFrom(along, undefined, lowest);
  const { toLsn, toTime } = along.reduce((best, one) => (one.toLsn > best.toLsn ? one : best));
  const here = { timeline: own.timeline, fromLsn: lowest, toLsn, toTime, runs };
  const where = await coveredBy(archive, here, target, options);
  if (where !== undefined) sightings.push({ timeline: own.timeline, where });
  throw onOtherTimeline(target, own.timeline, sightings);
}

/** The commits of `stretch`, in words, if `target` lies among them. */
async function coveredBy(
  archive: IndexedArchive,
  { fromLsn, toTime, runs }: AbandonedStretch,
  target: TimeTarget,
  options: CallOptions,
): Promise<string | undefined> {
  if (target.time > toTime) return undefined;
  const commit = await first(archive, runs, commitsFrom(fromLsn), options);
  if (commit?.kind !== 'end' || commit.time > target.micros) return undefined;
  return `with commits of ${formatMicros(commit.time)} to ${toTime.toISOString()}, behind the branch at ${formatLsn(fromLsn)}`;
}

function commitsFrom(lsn: Lsn): EventFilter {
  return {
    mayHold: ({ lastCommit }) => lastCommit !== undefined && lastCommit.lsn >= lsn,
    isWanted: (event) => event.kind === 'end' && event.outcome === 'commit' && event.lsn >= lsn,
  };
}

async function first(
  archive: IndexedArchive,
  runs: readonly SegmentRun[],
  filter: EventFilter,
  options: CallOptions,
): Promise<FoundEvent | undefined> {
  for await (const event of walkEvents(archive, runs, filter, options)) return event;
  return undefined;
}
