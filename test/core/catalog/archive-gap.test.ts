import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findGaps, follows } from '../../../lib/core/catalog/archive-gap.ts';
import { knownGap } from '../../support/gap-fixture.ts';
import { historyOf, segment } from '../../support/wal-fixture.ts';
import {
  type ArchiveModel,
  archiveModels,
  backupRecord,
  LAST_SEGMENT,
  listingOf,
  LONG_AGO,
  NOW,
  ownerOf,
} from './archive-model.ts';

const ALONE = historyOf(1, []);

function archive(
  timelines: Readonly<Record<number, readonly number[]>>,
  histories = [ALONE],
  arrivedAt = LONG_AGO,
): ReturnType<typeof listingOf> {
  const present = Object.entries(timelines).flatMap(([timeline, numbers]) =>
    numbers.map((number) => `${timeline}:${number}`),
  );
  return listingOf({ present: new Set(present), histories, backups: [] }, arrivedAt);
}

function secondsAgo(seconds: number): Date {
  return new Date(NOW.getTime() - seconds * 1_000);
}

/** The highest timeline is nobody's parent: the writer's, unless a test says otherwise. */
function gapsOf(
  listing: ReturnType<typeof listingOf>,
  backups: readonly ReturnType<typeof backupRecord>[],
  writer = Math.max(...listing.histories.keys()),
): ReturnType<typeof findGaps> {
  return findGaps(listing, backups, writer, NOW);
}

describe('findGaps', () => {
  test('finds none in continuous WAL, and none without a backup', () => {
    expect(gapsOf(archive({ 1: [1, 2, 3, 4] }), [backupRecord(2)])).toEqual([]);
    expect(gapsOf(archive({ 1: [1, 4] }), [])).toEqual([]);
  });

  test('names every gap behind the oldest backup, and none before it', () => {
    const listing = archive({ 1: [1, 3, 4, 7, 9] });
    expect(gapsOf(listing, [backupRecord(3), backupRecord(9)])).toEqual([
      { timeline: 1, afterSegment: segment(4), beforeSegment: segment(7), missing: 2, known: [] },
      { timeline: 1, afterSegment: segment(7), beforeSegment: segment(9), missing: 1, known: [] },
    ]);
  });

  test('finds none where retention let WAL go behind a backup that it keeps', () => {
    const listing = archive({ 1: [2, 6, 7, 9] });
    const backups = [backupRecord(2), backupRecord(6)];
    const gone = [{ first: segment(3), last: segment(5) }];
    const hole = { afterSegment: segment(7), beforeSegment: segment(9) };
    expect(gapsOf({ ...listing, gone }, backups)).toMatchObject([hole]);
    expect(gapsOf(listing, backups)).toHaveLength(2);
  });

  test('finds every gap before the place where the writer left a timeline whose rest was let go', () => {
    const left = historyOf(2, [[1, 6]]);
    const listing = archive({ 1: [2, 4, 5], 2: [6, 7, 9] }, [ALONE, left]);
    const gone = [{ first: segment(6), last: segment(8) }];
    const holes = gapsOf({ ...listing, gone }, [backupRecord(2)]).map((one) => one.beforeSegment);
    expect(holes).toEqual([segment(4), segment(9, 2)]);
  });

  test('counts a narrow hole at the end as in flight until what is behind it is old', () => {
    const listing = archive({ 1: [1, 2, 4] }, [ALONE], secondsAgo(299));
    expect(gapsOf(listing, [backupRecord(1)])).toEqual([]);
    const old = archive({ 1: [1, 2, 4] }, [ALONE], secondsAgo(300));
    expect(gapsOf(old, [backupRecord(1)])).toHaveLength(1);
  });

  test('says who acknowledged a gap, at once, but only when that explains all of it', () => {
    const listing = archive({ 1: [1, 2, 5] }, [ALONE], secondsAgo(1));
    const [three, four] = [knownGap('missing', 3), knownGap('poisoned', 4)];
    const backups = [backupRecord(1)];
    expect(gapsOf({ ...listing, knownGaps: [three] }, backups)).toEqual([]);
    expect(gapsOf({ ...listing, knownGaps: [three, four] }, backups)).toMatchObject([
      { missing: 2, known: [three, four] },
    ]);
  });

  test('does not let what comes later keep an old hole in flight', () => {
    const listing = archive({ 1: [1, 2, 4, 6] }, [ALONE], secondsAgo(3_600));
    const arrivals = new Map([...listing.arrivals, [segment(6), secondsAgo(1)] as const]);
    expect(gapsOf({ ...listing, arrivals, newestAt: NOW }, [backupRecord(1)])).toEqual([
      { timeline: 1, afterSegment: segment(2), beforeSegment: segment(4), missing: 1, known: [] },
    ]);
  });

  test('counts a hole wider than uploads can leave, or far from the end, as a gap at once', () => {
    const numbers = (first: number, last: number): number[] =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const wide = archive({ 1: [1, 18] }, [ALONE], NOW);
    const narrow = archive({ 1: [1, 17] }, [ALONE], NOW);
    const far = archive({ 1: [1, ...numbers(3, 18)] }, [ALONE], NOW);
    expect(gapsOf(wide, [backupRecord(1)])).toHaveLength(1);
    expect(gapsOf(narrow, [backupRecord(1)])).toEqual([]);
    expect(gapsOf(far, [backupRecord(1)])).toHaveLength(1);
  });

  test('does not take WAL of another timeline for the end of this one', () => {
    const histories = [ALONE, historyOf(2, [[1, 3]])];
    const listing = archive({ 1: [1, 2, 3, 40], 2: [3, 5] }, histories, NOW);
    expect(gapsOf(listing, [backupRecord(1)])).toEqual([]);
  });

  test('ignores an abandoned timeline past its branch', () => {
    const histories = [ALONE, historyOf(2, [[1, 4]], 4096n)];
    const listing = archive({ 1: [1, 2, 3, 6, 8], 2: [4, 5] }, histories);
    expect(gapsOf(listing, [backupRecord(1)])).toEqual([]);
  });

  test('names a gap past a branch that the writer went back behind', () => {
    const histories = [ALONE, historyOf(2, [[1, 4]], 4096n)];
    const listing = archive({ 1: [1, 2, 3, 4, 6], 2: [4, 5] }, histories);
    expect(gapsOf(listing, [backupRecord(1)], 1)).toMatchObject([{ afterSegment: segment(4) }]);
  });

  test('names a hole before a branch once, however many timelines pass it', () => {
    const histories = [ALONE, historyOf(2, [[1, 5]]), historyOf(3, [[1, 6]])];
    const listing = archive({ 1: [1, 3, 4, 5], 2: [5, 6], 3: [6] }, histories);
    expect(gapsOf(listing, [backupRecord(1)])).toEqual([
      { timeline: 1, afterSegment: segment(1), beforeSegment: segment(3), missing: 1, known: [] },
    ]);
  });

  test('names the files on both sides of a hole at a branch as they are called', () => {
    const histories = [ALONE, historyOf(2, [[1, 4]], 4096n)];
    const listing = archive({ 1: [1, 2, 3, 4], 2: [5] }, histories);
    expect(gapsOf(listing, [backupRecord(1)])).toEqual([
      {
        timeline: 2,
        afterSegment: segment(3),
        beforeSegment: segment(5, 2),
        missing: 1,
        known: [],
      },
    ]);
  });

  test('finds what a model of plain sets finds', () => {
    fc.assert(
      fc.property(archiveModels, (model) => {
        const backups = model.backups.map((one) => backupRecord(one.start, one.timeline));
        const found = gapsOf(listingOf(model), backups);
        expect(new Set(found)).toEqual(new Set(expectedGaps(model)));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Walks every path no other timeline goes on from, segment by segment. */
function expectedGaps(model: ArchiveModel): ReturnType<typeof findGaps> {
  const backups = model.backups.map((one) => backupRecord(one.start, one.timeline));
  const parents = new Set(
    model.histories.flatMap((history) => history.parents.map((one) => one.timeline)),
  );
  const gaps = new Map<string, ReturnType<typeof findGaps>[number]>();
  for (const history of model.histories) {
    const first = backups.find((backup) => follows(backup, history));
    if (first === undefined || parents.has(history.timeline)) continue;
    const nameOf = (number: number): string => segment(number, ownerOf(history, number));
    const has = (number: number): boolean =>
      model.present.has(`${ownerOf(history, number)}:${number}`);
    let after = Number(first.startLsn / BigInt(first.segmentBytes)) - 1;
    for (let number = after + 1; number <= LAST_SEGMENT; number += 1) {
      if (!has(number)) continue;
      const missing = number - after - 1;
      if (missing > 0) {
        const timeline = ownerOf(history, after + 1);
        const gap = {
          timeline,
          afterSegment: nameOf(after),
          beforeSegment: nameOf(number),
          missing,
          known: [],
        };
        gaps.set(JSON.stringify(gap), gap);
      }
      after = number;
    }
  }
  return [...gaps.values()];
}
