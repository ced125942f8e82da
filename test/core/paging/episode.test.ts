import { describe, expect, test } from 'vitest';
import { episodeStart } from '../../../lib/core/paging/episode.ts';
import type { AlarmState } from '../../../lib/core/ports/alarm-states.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 11, 1, 5, minute));
/** As CloudWatch gives it: newest first. */
const history = (...changes: readonly [number, AlarmState][]) =>
  changes.map(([minute, to]) => ({ at: at(minute), to })).toReversed();

describe('episodeStart', () => {
  test('is the ALARM before the end', () => {
    const changes = history([1, 'OK'], [10, 'ALARM'], [30, 'OK']);
    expect(episodeStart(changes, at(30))).toEqual(at(10));
  });

  test('is the same before CloudWatch has written the end into its history', () => {
    expect(episodeStart(history([1, 'OK'], [10, 'ALARM']), at(30))).toEqual(at(10));
  });

  test('looks through a pause without data', () => {
    const changes = history(
      [1, 'OK'],
      [10, 'ALARM'],
      [15, 'INSUFFICIENT_DATA'],
      [20, 'ALARM'],
      [25, 'INSUFFICIENT_DATA'],
      [30, 'OK'],
    );
    expect(episodeStart(changes, at(30))).toEqual(at(10));
  });

  test('does not reach into the trouble before', () => {
    const changes = history([1, 'ALARM'], [5, 'OK'], [10, 'ALARM'], [30, 'OK']);
    expect(episodeStart(changes, at(30))).toEqual(at(10));
  });

  test('overlooks what came after the end, when the message is late', () => {
    const changes = history([10, 'ALARM'], [30, 'OK'], [40, 'ALARM'], [50, 'OK']);
    expect(episodeStart(changes, at(30))).toEqual(at(10));
  });

  test('of an alarm that never was OK before is its first ALARM', () => {
    expect(episodeStart(history([10, 'ALARM'], [30, 'OK']), at(30))).toEqual(at(10));
  });

  test('is not known for an alarm that only lacked data', () => {
    const changes = history([1, 'ALARM'], [2, 'OK'], [10, 'INSUFFICIENT_DATA'], [30, 'OK']);
    expect(episodeStart(changes, at(30))).toBeUndefined();
    expect(episodeStart([], at(30))).toBeUndefined();
  });
});
