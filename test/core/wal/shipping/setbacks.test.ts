import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { noSetbacks } from '../../../../lib/core/wal/shipping/setbacks.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { segment } from '../../../support/wal-fixture.ts';

const TORN = new OpsError('WAL-PAGE', 'torn');
const CONFLICT = new OpsError('WAL-CONFLICT', 'other bytes');
const AWAY = new OpsError('STORE-UNAVAILABLE', 'away');
const LONGEST_REST_MS = 15_000;

describe('setbacks', () => {
  test('rest a file, longer each time, and no other', async () => {
    const clock = fakeClock();
    const setbacks = noSetbacks(clock, false);
    expect([setbacks.add('a', TORN), setbacks.add('a', TORN)]).toEqual([1, 2]);
    expect(setbacks.resting()).toEqual(['a']);
    expect(setbacks.isOutage()).toBe(false);
    await clock.advance(LONGEST_REST_MS);
    expect(setbacks.resting()).toEqual([]);
    expect(setbacks.failures()).toEqual(new Map([['a', TORN]]));
    setbacks.clear('a');
    expect(setbacks.failures().size).toBe(0);
  });

  test('rest a file for good where one failure is enough', async () => {
    const clock = fakeClock();
    const setbacks = noSetbacks(clock, true);
    setbacks.add('a', TORN);
    await clock.advance(LONGEST_REST_MS);
    expect(setbacks.resting()).toEqual(['a']);
  });

  test('count what failed together while the store is away as one attempt, until it takes a file', async () => {
    const clock = fakeClock();
    const setbacks = noSetbacks(clock, false);
    expect([setbacks.add('a', AWAY), setbacks.add('b', AWAY)]).toEqual([1, 1]);
    expect(setbacks.isOutage()).toBe(true);
    await clock.advance(LONGEST_REST_MS);
    expect(setbacks.isOutage()).toBe(false);
    expect(setbacks.add('a', AWAY)).toBe(2);
    setbacks.endOutage();
    expect(setbacks.isOutage()).toBe(false);
  });

  test('hold back what follows a conflict on its timeline', () => {
    const setbacks = noSetbacks(fakeClock(), false);
    setbacks.add(segment(5), CONFLICT);
    const held = [segment(4), segment(5), segment(6), segment(6, 2)];
    expect(held.map((name) => setbacks.isBehindConflict(name))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    setbacks.clear(segment(5));
    expect(setbacks.isBehindConflict(segment(6))).toBe(false);
  });
});
