import { expect, test } from 'vitest';
import { keptAnswer } from '../../../lib/core/health/kept-answer.ts';
import { fakeClock } from '../../support/fake-clock.ts';

test('is found once for all who ask meanwhile, and again once it is too old', async () => {
  const clock = fakeClock();
  const kept = keptAnswer<number>(1_000);
  let found = 0;
  const find = async (): Promise<number> => {
    found += 1;
    return found;
  };
  const ask = async (): Promise<number> => kept.get(clock, find);
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  await clock.advance(999);
  expect(await ask()).toBe(1);
  await clock.advance(1);
  expect(await ask()).toBe(2);
});

test('is not kept when it could not be found', async () => {
  const clock = fakeClock();
  const kept = keptAnswer<string>(1_000);
  const fault = new Error('not now');
  const asked = [0, 1].map(async () => kept.get(clock, async () => Promise.reject(fault)));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ]);
  expect(await kept.get(clock, async () => 'now')).toBe('now');
});
