import { type ArchiveListing, readHistories } from '../../catalog/archive-listing.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { KnownGap } from '../../store/gap-log.ts';
import { readGoneWal } from '../../retention/read-gone-wal.ts';
import type { Lineage } from '../../store/lineage.ts';
import { historyName } from '../../wal/archive-file.ts';
import type { SegmentRun } from '../../wal/continuity.ts';
import { parseSegment } from '../../wal/segment.ts';
import type { LaneTally } from './lane-tally.ts';

/** How the last name of a poisoned stretch ends that nobody knows the end of. */
const NO_END = 'F'.repeat(8);

/** The archive as the catalogue sees it, of what was added up; reads its histories. */
export async function archiveOf(
  store: ObjectStore,
  lineage: Lineage,
  tally: LaneTally,
  { knownGaps, arrivals }: Pick<ArchiveListing, 'knownGaps' | 'arrivals'>,
  options: CallOptions,
): Promise<ArchiveListing> {
  const { keys, identity } = lineage;
  const historyKeys = new Map(
    tally.histories.map((timeline) => [timeline, keys.wal(historyName(timeline))]),
  );
  return {
    ...(await readHistories(store, historyKeys, options)),
    runs: withoutPoisoned(tally.runs, knownGaps, identity.segmentBytes),
    arrivals,
    knownGaps,
    gone: await readGoneWal(store, lineage, options),
    segments: countSegments(tally.runs),
    storedBytes: tally.bytes,
    newestAt: tally.newestAt,
    strangers: tally.strangers,
  };
}

/** How many segments `runs` have. */
export function countSegments(runs: readonly SegmentRun[]): number {
  return runs.reduce((sum, { first, last }) => sum + Number(last - first) + 1, 0);
}

/** Another history's bytes lie under poisoned names: replay must not run into them. */
function withoutPoisoned(
  runs: readonly SegmentRun[],
  gaps: readonly KnownGap[],
  segmentBytes: number,
): readonly SegmentRun[] {
  return gaps
    .filter(({ kind }) => kind === 'poisoned')
    .reduce((left, { firstSegment, lastSegment }) => {
      const { timeline, number: first } = parseSegment(firstSegment, segmentBytes);
      const last = lastSegment.endsWith(NO_END)
        ? undefined
        : parseSegment(lastSegment, segmentBytes).number;
      return left.flatMap((run) => (run.timeline === timeline ? cut(run, first, last) : [run]));
    }, runs);
}

function cut(run: SegmentRun, first: bigint, last: bigint | undefined): readonly SegmentRun[] {
  const before = run.last < first ? run : { ...run, last: first - 1n };
  const behind = last === undefined || run.last <= last ? [] : [maxFirst(run, last + 1n)];
  return [before, ...behind].filter((one) => one.first <= one.last);
}

function maxFirst(run: SegmentRun, first: bigint): SegmentRun {
  return run.first > first ? run : { ...run, first };
}
