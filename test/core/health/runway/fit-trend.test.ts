import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitTrend, median, type Point } from '../../../../lib/core/health/runway/fit-trend.ts';

const START = Date.parse('2026-12-01T00:00:00Z');
const HOUR_MS = 3_600_000;

/** Points at so many hours after the start. */
export function pointsOf(pairs: readonly (readonly [number, number])[]): readonly Point[] {
  return pairs.map(([hours, value]) => ({ at: new Date(START + hours * HOUR_MS), value }));
}

/** So many hours of a line. */
const line = (hours: number, from: number, perDay: number): readonly Point[] =>
  pointsOf(Array.from({ length: hours + 1 }, (_, hour) => [hour, from + (perDay * hour) / 24]));

const whole = fc.integer({ min: -1_000_000, max: 1_000_000 });
const lines = fc.record({ hours: fc.integer({ min: 4, max: 400 }), from: whole, perDay: whole });

describe('fitTrend', () => {
  test('is exact on a line without noise, however many points it has', () => {
    fc.assert(
      fc.property(lines, ({ hours, from, perDay }) => {
        const trend = fitTrend(line(hours, from, perDay));
        const scale = 1e-6 * Math.max(1, Math.abs(from), Math.abs(perDay) * hours);
        expect(Math.abs((trend?.perDay ?? Number.NaN) - perDay)).toBeLessThanOrEqual(scale);
        const value = from + (perDay * hours) / 24;
        expect(Math.abs((trend?.value ?? Number.NaN) - value)).toBeLessThanOrEqual(scale);
        expect(trend?.at).toEqual(new Date(START + hours * HOUR_MS));
      }),
    );
  });

  test('does not follow a fifth of the points that lie anywhere', () => {
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.tuple(fc.nat(), whole), { minLength: 80, maxLength: 80 }),
        ({ hours, from, perDay }, spoiled) => {
          const points = [...line(hours, from, perDay)];
          const few = Math.floor(points.length / 5);
          for (const [index, value] of spoiled.slice(0, few)) {
            const at = points[index % points.length]?.at ?? new Date(START);
            points[index % points.length] = { at, value: value * 1_000 };
          }
          const spread = 1e-6 * Math.max(1, Math.abs(from), Math.abs(perDay) * hours);
          // The median of slopes lies among those of the points in line.
          const trend = fitTrend(points);
          expect(Math.abs((trend?.perDay ?? Number.NaN) - perDay)).toBeLessThanOrEqual(spread);
        },
      ),
    );
  });

  test('takes points in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...line(24, 5, 3)], { minLength: 25 }), (points) => {
        expect(fitTrend(points)).toEqual(fitTrend(line(24, 5, 3)));
      }),
    );
  });

  test.each([
    ['none', []],
    ['three', line(2, 1, 1)],
    ['four within a minute', pointsOf([0, 1, 2, 3].map((step) => [step / 200, step]))],
    ['four at one moment', pointsOf([0, 1, 2, 3].map((step) => [0, step]))],
    ['four that are no numbers', pointsOf([0, 1, 2, 3].map((hour) => [hour, Number.NaN]))],
  ])('sees no trend in too few points: %s', (_, points) => {
    expect(fitTrend(points)).toBeUndefined();
  });
});

describe('median', () => {
  test.each([
    [[], undefined],
    [[3], 3],
    [[3, 1], 2],
    [[9, 1, 2], 2],
  ])('of %j is %j', (values, middle) => expect(median(values)).toBe(middle));
});
