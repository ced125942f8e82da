import type { ArchiveObject } from '../catalog/archive-listing.ts';
import { parseSegment } from '../wal/segment.ts';
import type { StoredStretch } from './plan/retention-facts.ts';

/** Folds what goes with segments into stretches: one for each few hundred consecutive numbers. */
export interface StretchBuilder {
  /** `name` is the segment's that the object belongs to. */
  add(name: string, object: StretchObject): void;
  /** By timeline and number. */
  stretches(): readonly StoredStretch[];
  /** When the newest segment of each timeline came. */
  newestAt(): ReadonlyMap<number, Date>;
}

/** What counts of one object. */
export interface StretchObject {
  readonly kind: ArchiveObject['kind'] | 'index';
  readonly bytes: number;
  readonly modifiedAt: Date;
}

type Growing = { -readonly [Field in keyof StoredStretch]: StoredStretch[Field] };

/** Numbers in one stretch at most, so that the bytes of a part of it can be told. */
const LONGEST = 256n;

/** Objects come in order of their segments. `since` is where the recovery window begins. */
export function stretchBuilder(segmentBytes: number, since: Date): StretchBuilder {
  const found: Growing[] = [];
  const newest = new Map<number, Date>();
  return {
    add: (name, { kind, bytes, modifiedAt }) => {
      const { timeline, number } = parseSegment(name, segmentBytes);
      const isRecent = modifiedAt > since;
      const isSegment = kind === 'segment';
      if (isSegment && modifiedAt > (newest.get(timeline) ?? new Date(0))) {
        newest.set(timeline, modifiedAt);
      }
      let last = found.at(-1);
      const isSame = last?.timeline === timeline && last.last === number;
      const isNext =
        last?.timeline === timeline &&
        last.last + 1n === number &&
        last.isRecent === isRecent &&
        number - last.first < LONGEST;
      if (last === undefined || !(isSame || isNext)) {
        last = { timeline, first: number, last: number, segments: 0, storedBytes: 0, isRecent };
        found.push(last);
      }
      last.last = number;
      last.segments += Number(isSegment);
      last.storedBytes += bytes;
      last.isRecent ||= isRecent;
    },
    stretches: () => inOrder(found),
    newestAt: () => newest,
  };
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
