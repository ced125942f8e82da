import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SLOTS } from '../../../../lib/core/audit/hash-audit/hash-record.ts';
import {
  afterSweep,
  firstDues,
  hashAgeDays,
  nextSweep,
  slotOf,
} from '../../../../lib/core/audit/hash-audit/rotation.ts';

const BEGIN = new Date('2026-12-01T03:00:00.000Z');
const HOUR_MS = 3_600_000;

describe('the rotation of hashes', () => {
  test('spreads consecutive names evenly', () => {
    const counts = Array.from({ length: SLOTS }, () => 0);
    for (let number = 0; number < 28_000; number += 1) {
      const slot = slotOf(`wal/00000001/00000000/${number.toString(16).padStart(24, '0')}.zst`);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });

  test('reads about one slot a day, and none later than a month, whenever its days begin', () => {
    const days = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 90, maxLength: 90 });
    fc.assert(
      fc.property(days, (lateHours) => {
        let dueAt: readonly Date[] = firstDues(BEGIN);
        for (const [day, late] of lateHours.entries()) {
          const now = new Date(BEGIN.getTime() + day * 24 * HOUR_MS + late * HOUR_MS);
          const sweep = nextSweep(dueAt, now);
          expect(sweep?.slots.length ?? 0).toBeLessThanOrEqual(2);
          if (sweep !== undefined) dueAt = afterSweep(dueAt, sweep);
          expect(hashAgeDays({ dueAt: [...dueAt] }, now)).toBeLessThan(29);
        }
      }),
    );
  });

  test('makes up for days without an audit at once', () => {
    const dueAt = firstDues(BEGIN);
    const now = new Date(BEGIN.getTime() + 9 * 24 * HOUR_MS);
    const sweep = nextSweep(dueAt, now);
    expect(sweep?.slots).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(hashAgeDays({ dueAt }, now)).toBeCloseTo(37);
  });
});
