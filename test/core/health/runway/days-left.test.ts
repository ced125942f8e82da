import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  daysUntil,
  FURTHEST_DAYS,
  type Limit,
  runwayOf,
} from '../../../../lib/core/health/runway/days-left.ts';
import type { Point } from '../../../../lib/core/health/runway/fit-trend.ts';
import { newestStretch } from '../../../../lib/core/health/runway/newest-stretch.ts';

const START = Date.parse('2026-12-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const FULL: Limit = { worsening: 'rising', limit: 100 };
const EMPTY: Limit = { worsening: 'falling', limit: 0 };

/** One value an hour. */
const hourly = (values: readonly number[]): readonly Point[] =>
  values.map((value, hour) => ({ at: new Date(START + hour * HOUR_MS), value }));
const steps = (length: number, of: (step: number) => number): number[] =>
  Array.from({ length }, (_, step) => of(step));
const inADay = (values: readonly number[]): [{ days: number; points: readonly Point[] }] => [
  { days: 1, points: hourly(values) },
];

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
const trends = fc.record({ perDay: finite, value: finite, at: fc.constant(new Date(START)) });

describe('daysUntil', () => {
  test('is from 0 to ten years, whatever the trend', () => {
    fc.assert(
      fc.property(
        trends,
        finite,
        fc.constantFrom('rising', 'falling'),
        (trend, limit, worsening) => {
          const days = daysUntil(trend, { worsening, limit });
          expect(days).toBeGreaterThanOrEqual(0);
          expect(days).toBeLessThanOrEqual(FURTHEST_DAYS);
        },
      ),
    );
  });

  test('never shrinks when the limit moves away', () => {
    fc.assert(
      fc.property(trends, finite, fc.double({ min: 0, max: 1e12, noNaN: true }), (trend, a, by) => {
        const up = (limit: number): number => daysUntil(trend, { worsening: 'rising', limit });
        const down = (limit: number): number => daysUntil(trend, { worsening: 'falling', limit });
        expect(up(a + by)).toBeGreaterThanOrEqual(up(a));
        expect(down(a - by)).toBeGreaterThanOrEqual(down(a));
      }),
    );
  });
});

describe('runwayOf', () => {
  test('tells of the days that a filling volume has', () => {
    const runway = runwayOf(inADay(steps(25, (hour) => 60 - hour)), EMPTY);
    expect(runway?.daysLeft).toBeCloseTo(36 / 24, 6);
  });

  test('lets the span count that ends sooner', () => {
    const slow = { days: 7, points: hourly(steps(168, (hour) => 90 - hour / 24)) };
    const fast = { days: 0.25, points: hourly(steps(7, (hour) => 83 - 4 * hour)) };
    expect(runwayOf([slow], EMPTY)?.daysLeft).toBeGreaterThan(80);
    expect(runwayOf([slow, fast], EMPTY)?.daysLeft).toBeCloseTo(59 / 96, 6);
    expect(runwayOf([fast, slow], EMPTY)?.daysLeft).toBeCloseTo(59 / 96, 6);
  });

  test.each([
    ['flat', steps(24, () => 40)],
    ['getting better', steps(24, (hour) => 40 - hour / 10)],
    ['seen too few times', [40, 60]],
  ])('is at its furthest when the value is %s', (_, values) => {
    expect(runwayOf(inADay(values), FULL)?.daysLeft).toBe(FURTHEST_DAYS);
  });

  test('is 0 past the limit', () => {
    expect(runwayOf(inADay(steps(24, (hour) => 90 + hour)), FULL)?.daysLeft).toBe(0);
  });

  test('knows nothing without a point', () => {
    expect(runwayOf([{ days: 1, points: [] }], FULL)).toBeUndefined();
  });

  test('is not taken in by a moment that is out of line', () => {
    const values = steps(24, (hour) => (hour === 20 ? 99 : 40));
    expect(runwayOf(inADay(values), FULL)?.daysLeft).toBe(FURTHEST_DAYS);
  });
});

describe('newestStretch', () => {
  test.each([
    ['a vacuum', 'rising', [...steps(20, (hour) => 40 + hour), ...steps(10, (hour) => 5 + hour)]],
    ['a volume that grew', 'falling', [...steps(20, (hour) => 30 - hour), ...steps(10, () => 55)]],
  ] as const)('begins after %s', (_, worsening, values) => {
    const stretch = newestStretch(hourly(values), worsening);
    expect(stretch.length).toBeLessThanOrEqual(10);
    expect(stretch.length).toBeGreaterThanOrEqual(8);
    expect(stretch.at(-1)?.value).toBe(values.at(-1));
  });

  test('is all there is while the value only worsens, and past a single low', () => {
    const worse = hourly(steps(24, (hour) => 40 + hour));
    expect(newestStretch(worse, 'rising')).toEqual(worse);
    const dip = hourly(steps(24, (hour) => (hour === 12 ? 1 : 40)));
    expect(newestStretch(dip, 'rising')).toEqual(dip);
  });

  test('counts what comes after a vacuum alone', () => {
    const saw = [...steps(12, (hour) => 10 + 6 * hour), ...steps(13, (hour) => 10 + hour)];
    expect(runwayOf(inADay(saw), FULL)?.daysLeft).toBeCloseTo((100 - 22) / 24, 6);
  });
});
