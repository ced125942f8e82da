import type { Clock } from '../ports/clock.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { joinRuns, type SegmentRun } from '../wal/continuity.ts';
import { segmentName, type SegmentRef } from '../wal/segment.ts';
import { type ArchiveListing, listArchive } from './archive-listing.ts';

/** Lists an archive again and again. */
export interface ArchiveFollower {
  /** The archive as it is now, as {@link listArchive} gives it, of which `timeline` is being written. */
  next(timeline: number, options?: CallOptions): Promise<ArchiveListing>;
}

/** What was listed in full once, and need not be listed again: everything up to a segment. */
interface Settled {
  readonly listing: ArchiveListing;
  readonly upTo: SegmentRef;
  /** Objects up to there. */
  readonly segments: number;
  readonly storedBytes: number;
  readonly listedAtMs: number;
}

/** Wider than any hole that uploads in flight leave, so that what fills one is seen at once. */
const TAIL_SEGMENTS = 64n;
/** Two pages of a listing; of a longer tail more is settled. */
const LONGEST_TAIL = 2_000;
/** How long a change far behind the end, such as the repair of a gap, may stay unseen. */
export const RELIST_MS = 10 * 60_000;

/**
 * Follows an archive at a cost that does not grow with it: after a full listing only the end of the
 * timeline being written is listed, and what sorts behind it. Every ten minutes all is listed anew.
 */
export function followArchive(store: ObjectStore, lineage: Lineage, clock: Clock): ArchiveFollower {
  let settled: Settled | undefined;
  const listTail = async (upTo: SegmentRef, options: CallOptions): Promise<ArchiveListing> => {
    const name = segmentName(upTo.timeline, upTo.number, lineage.identity.segmentBytes);
    return listArchive(store, lineage, { ...options, after: lineage.keys.wal(name) });
  };
  const settle = async (
    listing: ArchiveListing,
    upTo: SegmentRef | undefined,
    listedAtMs: number,
    options: CallOptions,
  ): Promise<Settled | undefined> => {
    if (upTo === undefined) return undefined;
    // What arrived since the listing is in this tail only: it is not counted until all is listed anew.
    const tail = await listTail(upTo, options);
    const segments = listing.segments - tail.segments;
    return {
      listing,
      upTo,
      segments,
      storedBytes: listing.storedBytes - tail.storedBytes,
      listedAtMs,
    };
  };
  return {
    next: async (timeline, options = {}) => {
      const startedAtMs = clock.elapsedMs();
      const isSettled = settled !== undefined && settled.upTo.timeline <= timeline;
      if (!isSettled || settled === undefined || startedAtMs - settled.listedAtMs > RELIST_MS) {
        const listing = await listArchive(store, lineage, options);
        settled = await settle(listing, settledEnd(listing, timeline), startedAtMs, options);
        return listing;
      }
      const tail = await listTail(settled.upTo, options);
      const listing = joinListings(settled, tail);
      const upTo = settledEnd(listing, timeline);
      if (tail.segments > LONGEST_TAIL && upTo?.number !== settled.upTo.number) {
        settled = await settle(listing, upTo, settled.listedAtMs, options);
      }
      return listing;
    },
  };
}

/** Up to which segment a listing is settled; `undefined` while the timeline is short anyway. */
function settledEnd({ runs }: ArchiveListing, timeline: number): SegmentRef | undefined {
  const last = runs.findLast((run) => run.timeline <= timeline);
  if (last === undefined || last.last <= TAIL_SEGMENTS) return undefined;
  return { timeline: last.timeline, number: last.last - TAIL_SEGMENTS };
}

/** The settled part of a listing, and what was found behind it. */
function joinListings(settled: Settled, tail: ArchiveListing): ArchiveListing {
  const { listing, upTo } = settled;
  const before = listing.runs
    .filter(({ timeline }) => timeline <= upTo.timeline)
    .map((run) => (run.timeline === upTo.timeline ? clip(run, upTo.number) : run))
    .filter((run) => run.first <= run.last);
  return {
    runs: joinRuns([...before, ...tail.runs]),
    histories: new Map([...listing.histories, ...tail.histories]),
    damagedHistories: new Map([...listing.damagedHistories, ...tail.damagedHistories]),
    arrivals: new Map([...listing.arrivals, ...tail.arrivals]),
    knownGaps: tail.knownGaps,
    gone: tail.gone,
    segments: settled.segments + tail.segments,
    storedBytes: settled.storedBytes + tail.storedBytes,
    newestAt: newer(listing.newestAt, tail.newestAt),
    strangers: [...new Set([...listing.strangers, ...tail.strangers])],
  };
}

function clip(run: SegmentRun, last: bigint): SegmentRun {
  return run.last > last ? { ...run, last } : run;
}

function newer(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
