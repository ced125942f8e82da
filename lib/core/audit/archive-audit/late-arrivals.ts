import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import { segmentName } from '../../wal/segment.ts';
import type { Expiries } from './expiries.ts';
import { type Lane, walLane } from './lane-tally.ts';
import type { LaneProgress } from './scan-lane.ts';

/** A place in a timeline's folder, and the segment that came next there when it was listed. */
interface Edge {
  readonly after: string;
  readonly expected: string | undefined;
}

/** An archive in so many pieces is listed whole instead, once a day. */
const MOST_RUNS = 200;

/**
 * Whether something came, or went, at the edges of what was settled: a hole that was filled late, a segment
 * before the first or behind the last of an older timeline, a timeline that had none. One request for each
 * edge; below a floor nothing is stored any more.
 */
export async function hasLateArrivals(
  store: ObjectStore,
  lineage: Lineage,
  { settled, settledTo }: Pick<LaneProgress, 'settled' | 'settledTo'>,
  expiries: Expiries,
  { signal }: CallOptions,
): Promise<boolean> {
  if (settledTo === undefined || settled.runs.length > MOST_RUNS) return false;
  const lane = walLane(lineage);
  for await (const name of store.folders(lane.prefix, { signal })) {
    const folder = `${lane.prefix}${name}/`;
    // All behind it is listed anyway.
    if (folder >= settledTo) continue;
    const runs = settled.runs.filter(({ timeline }) => timeline === Number.parseInt(name, 16));
    for (const { after, expected } of edgesOf(lineage, folder, runs)) {
      const isOver = expected !== undefined && expiries.isBelowFloor(expected);
      if (after === settledTo || isOver) continue;
      const next = await nextSegment(store, lane, { folder, after, upTo: settledTo }, { signal });
      if (next !== expected) return true;
    }
  }
  return false;
}

/** Of one timeline: before its first run, and behind each. */
function edgesOf(
  { keys, identity }: Lineage,
  folder: string,
  runs: readonly SegmentRun[],
): readonly Edge[] {
  const nameOf = ({ timeline }: SegmentRun, number: bigint): string =>
    segmentName(timeline, number, identity.segmentBytes);
  const starts = runs.map((run) => nameOf(run, run.first));
  const ends = runs.map((run) => keys.wal(nameOf(run, run.last)));
  return [folder, ...ends].map((after, index) => ({ after, expected: starts[index] }));
}

/** Name of the first segment that sorts after one key and not after another. */
async function nextSegment(
  store: ObjectStore,
  { rowOf }: Lane,
  { folder, after, upTo }: Pick<Edge, 'after'> & { readonly folder: string; readonly upTo: string },
  { signal }: CallOptions,
): Promise<string | undefined> {
  for await (const { key } of store.list(folder, { signal, after })) {
    if (key > upTo) return undefined;
    const { kind, name } = rowOf(key);
    if (kind === 'segment') return name;
  }
  return undefined;
}
