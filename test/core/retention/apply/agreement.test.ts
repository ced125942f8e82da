import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetentionPolicy } from '../../../../lib/core/config/retention-policy.ts';
import {
  agreementOf,
  mergeRanges,
  raiseFloors,
  regretsOf,
  type SegmentRange,
} from '../../../../lib/core/retention/apply/agreement.ts';
import type { RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { MiB } from '../../../support/wal-writer.ts';

const NUMBERS = 24;
const BACKUPS = ['a', 'b', 'c', 'd', 'e'];
const REASONS = [{ rule: 'r', says: 's' }];

/** Whether each of some segments on two timelines, and each of some backups, stays. */
const fates = fc.record({
  wal: fc.array(fc.option(fc.boolean()), { minLength: 2 * NUMBERS, maxLength: 2 * NUMBERS }),
  backups: fc.array(fc.option(fc.boolean()), {
    minLength: BACKUPS.length,
    maxLength: BACKUPS.length,
  }),
});

type Fates = typeof fates extends fc.Arbitrary<infer T> ? T : never;

function nameAt(index: number): string {
  return segment(index % NUMBERS, 1 + Math.floor(index / NUMBERS));
}

/** A plan that says so; `null` is what it does not know. */
function planOf({ wal, backups }: Fates): RetentionPlan {
  const ranges: { first: string; last: string; stays: boolean; end: number }[] = [];
  for (const [index, stays] of wal.entries()) {
    if (stays === null) continue;
    const open = ranges.at(-1);
    const goesOn = open?.stays === stays && open.end === index - 1 && index % NUMBERS !== 0;
    if (open !== undefined && goesOn) Object.assign(open, { last: nameAt(index), end: index });
    else ranges.push({ first: nameAt(index), last: nameAt(index), stays, end: index });
  }
  return {
    id: '20261201T000000Z',
    at: new Date('2026-12-01T00:00:00Z'),
    policy: RetentionPolicy.parse({}),
    backups: BACKUPS.flatMap((id, index) => {
      const stays = backups[index];
      if (stays === null || stays === undefined) return [];
      return [{ id, state: 'restorable' as const, stays, reasons: REASONS, storedBytes: 1 }];
    }),
    wal: ranges.map(({ end, ...range }) => ({
      ...range,
      reasons: REASONS,
      segments: 1,
      storedBytes: 1,
    })),
    warnings: [],
  };
}

function inRanges(ranges: readonly SegmentRange[]): readonly number[] {
  return Array.from({ length: 2 * NUMBERS }, (_, index) => index).filter((index) =>
    ranges.some(({ first, last }) => first <= nameAt(index) && nameAt(index) <= last),
  );
}

function indexes(fate: Fates, wanted: boolean): readonly number[] {
  return fate.wal.flatMap((stays, index) => (stays === wanted ? [index] : []));
}

describe('agreementOf', () => {
  test('is exactly what both plans let go', () => {
    fc.assert(
      fc.property(fates, fates, (today, older) => {
        const { wal, backups } = agreementOf(planOf(today), planOf(older));
        const before = new Set(indexes(older, false));
        expect(inRanges(wal)).toEqual(indexes(today, false).filter((index) => before.has(index)));
        const gone = BACKUPS.filter(
          (_, index) => today.backups[index] === false && older.backups[index] === false,
        );
        expect(backups).toEqual(gone.toReversed());
        expect(wal).toEqual(mergeRanges(wal));
      }),
    );
  });
});

describe('regretsOf', () => {
  test('is exactly what was let go and stays by now', () => {
    fc.assert(
      fc.property(fates, fates, fates, (first, second, today) => {
        const applied = [first, second].map((fate) => agreementOf(planOf(fate), planOf(fate)));
        const { wal, backups } = regretsOf(applied, planOf(today));
        const gone = new Set([...indexes(first, false), ...indexes(second, false)]);
        expect(inRanges(wal)).toEqual(indexes(today, true).filter((index) => gone.has(index)));
        expect(backups).toEqual(
          BACKUPS.filter(
            (_, index) =>
              today.backups[index] === true &&
              [first, second].some((fate) => fate.backups[index] === false),
          ),
        );
      }),
    );
  });
});

describe('raiseFloors', () => {
  test('puts all that was let go below them, and lowers none', () => {
    fc.assert(
      fc.property(fates, fates, (first, second) => {
        const rangesOf = (fate: Fates): readonly SegmentRange[] =>
          agreementOf(planOf(fate), planOf(fate)).wal;
        const before = raiseFloors(new Map(), rangesOf(first), MiB);
        const standing = new Map(before.map((one) => [one.timeline, one.before]));
        const after = new Map(
          raiseFloors(standing, rangesOf(second), MiB).map((one) => [one.timeline, one.before]),
        );
        for (const { last } of [...rangesOf(first), ...rangesOf(second)]) {
          expect((after.get(Number.parseInt(last.slice(0, 8), 16)) ?? '') > last).toBe(true);
        }
        for (const [timeline, floor] of standing) {
          expect((after.get(timeline) ?? '') >= floor).toBe(true);
        }
      }),
    );
  });
});
