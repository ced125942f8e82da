import type { ArchiveObject } from '../catalog/archive-listing.ts';
import type { ObjectHead } from '../ports/object-store.ts';
import { joinRuns, type SegmentRun } from '../wal/continuity.ts';
import { isSegmentName } from '../wal/segment.ts';
import type { ArchiveFacts, StoredStretch } from './plan/retention-facts.ts';

/** Folds what goes with segments into stretches: one for each few hundred consecutive numbers. */
export interface StretchBuilder {
  /** `name` is the segment's that the object belongs to; one that no segment can have is passed over. */
  add(name: string, kind: ArchiveObject['kind'] | 'index', head: ObjectHead): void;
  result(): Omit<ArchiveFacts, 'histories'>;
}

/** Numbers fit here: there are fewer than 2^44 segments, and a million of them take their time. */
interface Place {
  readonly timeline: number;
  readonly number: number;
}

interface Growing {
  readonly timeline: number;
  readonly first: number;
  last: number;
}

interface GrowingStretch extends Growing {
  segments: number;
  storedBytes: number;
  isRecent: boolean;
}

/** Numbers in one stretch at most, so that the bytes of a part of it can be told. */
const LONGEST = 256;
const LOG_BYTES = 2 ** 32;

/** Objects come in order of their segments. `since` is where the recovery window begins. */
export function stretchBuilder(segmentBytes: number, since: Date): StretchBuilder {
  const perLog = LOG_BYTES / segmentBytes;
  const stretches: GrowingStretch[] = [];
  const runs: Growing[] = [];
  const newestAt = new Map<number, Date>();

  const addSegment = ({ timeline, number }: Place, modifiedAt: Date): void => {
    const newest = newestAt.get(timeline);
    if (newest === undefined || modifiedAt > newest) newestAt.set(timeline, modifiedAt);
    const run = runs.at(-1);
    if (run?.timeline === timeline && run.last + 1 === number) run.last = number;
    else runs.push({ timeline, first: number, last: number });
  };

  return {
    add: (name, kind, { bytes, modifiedAt }) => {
      const place = placeOf(name, perLog);
      if (place === undefined) return;
      const isSegment = kind === 'segment';
      if (isSegment) addSegment(place, modifiedAt);
      const isRecent = modifiedAt >= since;
      let stretch = stretches.at(-1);
      if (stretch === undefined || !goesOn(stretch, place, isRecent)) {
        const { timeline, number } = place;
        const nothing = { segments: 0, storedBytes: 0, isRecent };
        stretch = { timeline, first: number, last: number, ...nothing };
        stretches.push(stretch);
      }
      stretch.last = place.number;
      stretch.segments += Number(isSegment);
      stretch.storedBytes += bytes;
      stretch.isRecent ||= isRecent;
    },
    result: () => ({
      runs: joinRuns(runs.map(asRun)),
      stretches: inOrder(stretches.map((one) => ({ ...one, ...asRun(one) }))),
      newestAt,
    }),
  };
}

function placeOf(name: string, perLog: number): Place | undefined {
  if (!isSegmentName(name)) return undefined;
  const timeline = Number.parseInt(name.slice(0, 8), 16);
  const low = Number.parseInt(name.slice(16), 16);
  if (timeline === 0 || low >= perLog) return undefined;
  return { timeline, number: Number.parseInt(name.slice(8, 16), 16) * perLog + low };
}

function goesOn(stretch: GrowingStretch, { timeline, number }: Place, isRecent: boolean): boolean {
  if (stretch.timeline !== timeline) return false;
  if (stretch.last === number) return true;
  const isNext = stretch.last + 1 === number && number - stretch.first < LONGEST;
  return isNext && stretch.isRecent === isRecent;
}

function asRun({ timeline, first, last }: Growing): SegmentRun {
  return { timeline, first: BigInt(first), last: BigInt(last) };
}

/** An index without its segment may come late: then stretches are out of order, and may overlap. */
function inOrder(found: readonly StoredStretch[]): readonly StoredStretch[] {
  const ordered: StoredStretch[] = [];
  for (const stretch of found.toSorted(compareStretches)) {
    const previous = ordered.at(-1);
    if (previous?.timeline === stretch.timeline && stretch.first <= previous.last) {
      ordered[ordered.length - 1] = {
        ...previous,
        last: stretch.last > previous.last ? stretch.last : previous.last,
        segments: previous.segments + stretch.segments,
        storedBytes: previous.storedBytes + stretch.storedBytes,
        isRecent: previous.isRecent || stretch.isRecent,
      };
    } else ordered.push(stretch);
  }
  return ordered;
}

function compareStretches(a: StoredStretch, b: StoredStretch): number {
  if (a.timeline !== b.timeline) return a.timeline - b.timeline;
  return a.first < b.first ? -1 : Number(a.first > b.first);
}
