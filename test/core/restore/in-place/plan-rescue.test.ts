import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { planCandidates } from '../../../../lib/core/restore/in-place/plan-rescue.ts';
import { segmentName } from '../../../../lib/core/wal/segment.ts';

const SEGMENT_BYTES = 1024 * 1024;
const lsnIn = (number: number): bigint => BigInt(number) * BigInt(SEGMENT_BYTES) + 40n;
const name = (number: number, timeline = 2): string =>
  segmentName(timeline, BigInt(number), SEGMENT_BYTES);

test('what lies before the redo position is settled, what follows it is open', () => {
  const left = {
    present: [name(7), name(5), name(6), name(5, 1), '00000002.history', `${name(4, 1)}.partial`],
    timeline: 2,
    redoLsn: lsnIn(6),
    segmentBytes: SEGMENT_BYTES,
  };
  const { settled, open } = planCandidates(left);
  expect(settled.map((segment) => segment.name)).toEqual([name(5)]);
  expect(open.map((segment) => segment.name)).toEqual([name(6), name(7)]);
});

test('nothing behind a hole is open', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 30 })),
      fc.integer({ min: 1, max: 30 }),
      (numbers, redo) => {
        const { settled, open } = planCandidates({
          present: numbers.map((number) => name(number)),
          timeline: 2,
          redoLsn: lsnIn(redo),
          segmentBytes: SEGMENT_BYTES,
        });
        const first = Number(open[0]?.number ?? 0n);
        expect(open.map(({ number }) => Number(number))).toEqual(open.map((_, i) => first + i));
        expect(settled.every(({ number }) => number < BigInt(redo))).toBe(true);
        expect(new Set([...settled, ...open]).size).toBe(settled.length + open.length);
      },
    ),
  );
});
