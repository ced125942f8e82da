import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  missingBetween,
  runBuilder,
  walPath,
  type SegmentRange,
  type SegmentRun,
} from '../../../lib/core/wal/continuity.ts';
import { segmentName, type SegmentRef } from '../../../lib/core/wal/segment.ts';
import { parseTimelineHistory, segmentTimeline } from '../../../lib/core/wal/timeline-history.ts';
import { MiB } from '../../support/wal-writer.ts';

const ALONE = { timeline: 1, parents: [] };
/** Timeline 2 begins inside segment 4 of timeline 1; segments are of 1 MiB. */
const BRANCHED = parseTimelineHistory('1\t0/480000\n', 2);

function runsOf(refs: Iterable<SegmentRef>): readonly SegmentRun[] {
  const builder = runBuilder(MiB);
  for (const ref of refs) builder.add(nameOf(ref));
  return builder.runs();
}

const run = (timeline: number, first: bigint, last: bigint): SegmentRun => ({
  timeline,
  first,
  last,
});

function numbersOf({ first, last }: SegmentRange): readonly bigint[] {
  return Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index));
}

function refsOf(runs: readonly SegmentRun[]): readonly SegmentRef[] {
  return runs.flatMap((part) =>
    numbersOf(part).map((number) => ({ timeline: part.timeline, number })),
  );
}

const nameOf = ({ timeline, number }: SegmentRef): string => segmentName(timeline, number, MiB);

/** Small sets of segments on timelines 1–3. */
const archives = fc.uniqueArray(
  fc.record({ timeline: fc.integer({ min: 1, max: 3 }), number: fc.bigInt(0n, 12n) }),
  { selector: ({ timeline, number }) => `${timeline}-${number}` },
);
const lsnsInArchive = fc.bigInt(0n, BigInt(10 * MiB));
const histories = fc.tuple(lsnsInArchive, lsnsInArchive).map(([first, second]) => ({
  timeline: 3,
  parents: [
    { timeline: 1, endLsn: first, reason: '' },
    { timeline: 2, endLsn: second, reason: '' },
  ],
}));

describe('runBuilder', () => {
  test('folds consecutive names over 4 GiB into one run', () => {
    const builder = runBuilder(16 * MiB);
    builder.add('0000000100000000000000FE');
    builder.add('0000000100000000000000FF');
    builder.add('000000010000000100000000');
    expect(builder.runs()).toEqual([run(1, 0xfen, 0x100n)]);
  });

  test('keeps timelines apart', () => {
    expect(
      runsOf([
        { timeline: 1, number: 4n },
        { timeline: 2, number: 5n },
      ]),
    ).toEqual([run(1, 4n, 4n), run(2, 5n, 5n)]);
  });

  test('goes on after its runs were read', () => {
    const builder = runBuilder(MiB);
    builder.add(segmentName(1, 1n, MiB));
    const before = builder.runs();
    builder.add(segmentName(1, 2n, MiB));
    expect(before).toEqual([run(1, 1n, 1n)]);
    expect(builder.runs()).toEqual([run(1, 1n, 2n)]);
  });

  test('refuses what is not a segment', () => {
    expect(() => runBuilder(MiB).add('00000002.history')).toThrow(
      expect.objectContaining({ code: 'WAL-NAME' }),
    );
  });

  test('holds exactly the segments added, in any order and any number of times', () => {
    fc.assert(
      fc.property(archives, fc.nat(5), (refs, repeats) => {
        const runs = runsOf([...refs, ...refs.slice(0, repeats)]);
        expect(refsOf(runs).map(nameOf)).toEqual(refs.map(nameOf).toSorted());
        const touching = runs.filter(({ timeline, first }, index) => {
          const before = runs[index - 1];
          return before?.timeline === timeline && first <= before.last + 1n;
        });
        expect(touching).toEqual([]);
      }),
    );
  });
});

describe('missingBetween', () => {
  const runs = [run(1, 3n, 4n), run(1, 6n, 9n), run(2, 5n, 5n)];

  test.each([
    [3n, 4n, []],
    [4n, 6n, [{ first: 5n, last: 5n }]],
    [1n, 3n, [{ first: 1n, last: 2n }]],
    [9n, 11n, [{ first: 10n, last: 11n }]],
    [5n, 5n, [{ first: 5n, last: 5n }]],
    [
      0n,
      10n,
      [
        { first: 0n, last: 2n },
        { first: 5n, last: 5n },
        { first: 10n, last: 10n },
      ],
    ],
    [6n, 5n, []],
  ])('from %s to %s', (from, to, expected) => {
    expect(missingBetween(runs, 1, from, to)).toEqual(expected);
  });

  test('names every absent number and no other', () => {
    fc.assert(
      fc.property(archives, fc.bigInt(0n, 12n), fc.bigInt(0n, 12n), (refs, from, to) => {
        const there = new Set(refs.filter((r) => r.timeline === 1).map((r) => r.number));
        const asked = from <= to ? numbersOf({ first: from, last: to }) : [];
        const named = missingBetween(runsOf(refs), 1, from, to).flatMap(numbersOf);
        expect(named).toEqual(asked.filter((number) => !there.has(number)));
      }),
    );
  });
});

describe('walPath', () => {
  const pathOn = (runs: readonly SegmentRun[], from: SegmentRef, history = BRANCHED) =>
    walPath(runs, history, from, MiB);

  test('ends at the end of WAL', () => {
    const path = pathOn([run(1, 2n, 9n)], { timeline: 1, number: 3n }, ALONE);
    expect(path).toEqual({ segments: [run(1, 3n, 9n)], end: { timeline: 1, number: 9n } });
  });

  test('ends at a hole and names it', () => {
    const path = pathOn([run(1, 2n, 4n), run(1, 7n, 9n)], { timeline: 1, number: 3n }, ALONE);
    expect(path).toEqual({
      segments: [run(1, 3n, 4n)],
      end: { timeline: 1, number: 4n },
      gap: { timeline: 1, after: 4n, before: 7n, missing: 2n },
    });
  });

  test('has no end when its first segment is absent', () => {
    const path = pathOn([run(1, 5n, 9n)], { timeline: 1, number: 3n }, ALONE);
    expect(path).toEqual({
      segments: [],
      end: undefined,
      gap: { timeline: 1, after: 2n, before: 5n, missing: 2n },
    });
    expect(pathOn([], { timeline: 1, number: 3n }, ALONE)).toEqual({
      segments: [],
      end: undefined,
    });
  });

  test('follows a branch whose last segment its parent never finished', () => {
    const path = pathOn([run(1, 1n, 3n), run(2, 4n, 6n)], { timeline: 1, number: 2n });
    expect(path).toEqual({
      segments: [run(1, 2n, 3n), run(2, 4n, 6n)],
      end: { timeline: 2, number: 6n },
    });
  });

  test('leaves WAL past the branch on the parent alone', () => {
    const path = pathOn([run(1, 1n, 9n), run(2, 4n, 5n)], { timeline: 1, number: 2n });
    expect(path).toEqual({
      segments: [run(1, 2n, 3n), run(2, 4n, 5n)],
      end: { timeline: 2, number: 5n },
    });
  });

  test("does not take the parent's copy of the branch's segment for the new timeline's", () => {
    const path = pathOn([run(1, 1n, 9n)], { timeline: 1, number: 2n });
    expect(path).toEqual({ segments: [run(1, 2n, 3n)], end: { timeline: 1, number: 3n } });
  });

  test('names a hole at the branch by the new timeline', () => {
    const path = pathOn([run(1, 1n, 9n), run(2, 5n, 6n)], { timeline: 1, number: 2n });
    expect(path.gap).toEqual({ timeline: 2, after: 3n, before: 5n, missing: 1n });
  });

  test('names a hole that spans the branch by the timeline of its first segment', () => {
    const path = pathOn([run(1, 1n, 1n), run(2, 6n, 6n)], { timeline: 1, number: 1n });
    expect(path.gap).toEqual({ timeline: 1, after: 1n, before: 6n, missing: 4n });
  });

  test('may begin in the segment of the branch, on either timeline', () => {
    const runs = [run(2, 4n, 6n)];
    const expected = { segments: [run(2, 4n, 6n)], end: { timeline: 2, number: 6n } };
    expect(pathOn(runs, { timeline: 1, number: 4n })).toEqual(expected);
    expect(pathOn(runs, { timeline: 2, number: 4n })).toEqual(expected);
  });

  test.each([
    { timeline: 1, number: 5n },
    { timeline: 2, number: 3n },
    { timeline: 3, number: 4n },
  ])('refuses to begin off the path: %o', (from) => {
    expect(() => pathOn([], from)).toThrow(expect.objectContaining({ code: 'WAL-HISTORY' }));
  });

  test('steps from gap to gap through all that a naive walk finds', () => {
    fc.assert(
      fc.property(archives, histories, (refs, history) => {
        const runs = runsOf(refs);
        const held = new Set(refs.map(nameOf));
        const wanted = numbersOf({ first: 0n, last: 12n }).map((number) => ({
          timeline: segmentTimeline(history, number, MiB),
          number,
        }));
        const found: SegmentRef[] = [];
        let from = wanted[0];
        while (from !== undefined) {
          const { segments, end, gap } = walPath(runs, history, from, MiB);
          const range = refsOf(segments);
          expect(end).toEqual(range.at(-1));
          found.push(...range);
          const after = end?.number ?? from.number - 1n;
          const before = wanted.find((ref) => ref.number > after + 1n && held.has(nameOf(ref)));
          expect(gap).toEqual(
            before && {
              timeline: segmentTimeline(history, after + 1n, MiB),
              after,
              before: before.number,
              missing: before.number - after - 1n,
            },
          );
          from = before;
        }
        expect(found).toEqual(wanted.filter((ref) => held.has(nameOf(ref))));
      }),
    );
  });
});
