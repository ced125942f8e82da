import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { median, summarize } from '../../../bench/figures/sample.ts';

test('the median is the middle, or the mean of both in the middle', () => {
  expect(median([])).toBeUndefined();
  expect(median([7])).toBe(7);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

test('as many values lie above the median as below, whatever their order', () => {
  assert(
    property(array(integer(), { minLength: 1 }), (values) => {
      const middle = median(values) ?? Number.NaN;
      const below = values.filter((value) => value < middle).length;
      const above = values.filter((value) => value > middle).length;
      expect(below).toBeLessThanOrEqual(values.length / 2);
      expect(above).toBeLessThanOrEqual(values.length / 2);
    }),
  );
});

test('memory is the highest of all runs, and what no run could tell stays unknown', () => {
  const samples = [
    { value: 3, cpuSec: 1, peakBytes: 10 },
    { value: 1, cpuSec: 5, peakBytes: 30 },
    { value: 2, cpuSec: 3, peakBytes: 20 },
  ];
  expect(summarize(samples)).toEqual({ value: 2, cpuSec: 3, peakBytes: 30 });
  expect(summarize([])).toBeUndefined();
});
