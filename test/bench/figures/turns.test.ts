import { expect, test } from 'vitest';
import { planTurns } from '../../../bench/figures/turns.ts';

test('each contestant runs once in every round, and another begins each', () => {
  expect(planTurns(['a', 'b', 'c'], 4)).toEqual([
    ['a', 'b', 'c'],
    ['b', 'c', 'a'],
    ['c', 'a', 'b'],
    ['a', 'b', 'c'],
  ]);
});

test('nobody runs when nobody is there', () => {
  expect(planTurns([], 2)).toEqual([[], []]);
});
