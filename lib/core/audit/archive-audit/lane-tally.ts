import { kindOf } from '../../catalog/archive-listing.ts';
import type { ObjectHead } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { joinRuns, runBuilder, type SegmentRun } from '../../wal/continuity.ts';
import { parseSegment, segmentName } from '../../wal/segment.ts';
import type { TallyRecord } from './audit-record.ts';

/** One of the two listings that grow with every segment. */
export interface Lane {
  readonly prefix: string;
  /** What lies at a key: a segment or its index by the segment's name, or something else. */
  readonly rowOf: (key: string) => LaneRow;
}

/** What lies at a key. */
export interface LaneRow {
  readonly kind: 'segment' | 'history' | 'other' | 'stranger';
  /** The last part of the key, without its suffix. */
  readonly name: string;
}

/** What a stretch of a listing amounts to, in memory that grows with its holes only. */
export interface LaneTally extends Omit<TallyRecord, 'runs'> {
  readonly runs: readonly SegmentRun[];
}

/** Adds up rows of a listing, in order. */
export interface TallyBuilder {
  add(head: ObjectHead, row: LaneRow): void;
  tally(): LaneTally;
  /** When the first segment of each run came. */
  readonly arrivals: ReadonlyMap<string, Date>;
}

/** Of nothing. */
export const NO_TALLY: LaneTally = {
  runs: [],
  histories: [],
  objects: 0,
  bytes: 0,
  strangers: [],
  moreStrangers: 0,
};

/** More strangers than these are counted: something else is wrong then. */
export const MAX_STRANGERS = 100;

/** `wal/`. */
export function walLane(lineage: Lineage): Lane {
  return {
    prefix: lineage.keys.walPrefix,
    rowOf: (key) => {
      const kind = kindOf(lineage, key);
      const name = lastPart(key).replace(/\.zst$/, '');
      return { kind: kind === 'partial' || kind === 'backup' ? 'other' : kind, name };
    },
  };
}

/** `wal-index/`. */
export function indexLane(lineage: Lineage): Lane {
  const { keys } = lineage;
  return {
    prefix: keys.walIndexPrefix,
    rowOf: (key) => {
      const name = lastPart(key).replace(/\.json$/, '');
      const isIndex = key === keys.walIndex(name) && kindOf(lineage, keys.wal(name)) === 'segment';
      return { kind: isIndex ? 'segment' : 'stranger', name };
    },
  };
}

/** Starts with nothing. */
export function tallyBuilder(segmentBytes: number): TallyBuilder {
  const runs = runBuilder(segmentBytes);
  const histories: number[] = [];
  const strangers: string[] = [];
  const arrivals = new Map<string, Date>();
  let moreStrangers = 0;
  let objects = 0;
  let bytes = 0;
  let newestAt: Date | undefined;
  return {
    arrivals,
    add: (head, { kind, name }) => {
      objects += 1;
      bytes += head.bytes;
      if (newestAt === undefined || head.modifiedAt > newestAt) newestAt = head.modifiedAt;
      if (kind === 'segment' && runs.add(name)) arrivals.set(name, head.modifiedAt);
      else if (kind === 'history') histories.push(Number.parseInt(name.slice(0, 8), 16));
      else if (kind === 'stranger' && strangers.length < MAX_STRANGERS) strangers.push(head.key);
      else if (kind === 'stranger') moreStrangers += 1;
    },
    tally: () => ({
      runs: runs.runs(),
      histories,
      objects,
      bytes,
      strangers,
      moreStrangers,
      ...(newestAt !== undefined && { newestAt }),
    }),
  };
}

/** Two stretches that follow one another, as one. */
export function joinTallies(first: LaneTally, second: LaneTally): LaneTally {
  const strangers = [...first.strangers, ...second.strangers];
  const more = first.moreStrangers + second.moreStrangers;
  const newestAt = [first.newestAt, second.newestAt]
    .filter((at) => at !== undefined)
    .toSorted((a, b) => b.getTime() - a.getTime())[0];
  return {
    runs: joinRuns([...first.runs, ...second.runs]),
    histories: [...first.histories, ...second.histories],
    objects: first.objects + second.objects,
    bytes: first.bytes + second.bytes,
    strangers: strangers.slice(0, MAX_STRANGERS),
    moreStrangers: more + Math.max(0, strangers.length - MAX_STRANGERS),
    ...(newestAt !== undefined && { newestAt }),
  };
}

/** As it is kept. */
export function toTallyRecord(tally: LaneTally, segmentBytes: number): TallyRecord {
  const named = tally.runs.map(({ timeline, first, last }): [string, string] => [
    segmentName(timeline, first, segmentBytes),
    segmentName(timeline, last, segmentBytes),
  ]);
  return {
    ...tally,
    histories: [...tally.histories],
    strangers: [...tally.strangers],
    runs: named,
  };
}

/** The reverse of {@link toTallyRecord}. */
export function fromTallyRecord(record: TallyRecord, segmentBytes: number): LaneTally {
  const runs = record.runs.map(([from, to]) => {
    const { timeline, number } = parseSegment(from, segmentBytes);
    return { timeline, first: number, last: parseSegment(to, segmentBytes).number };
  });
  return { ...record, runs };
}

function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
