import { describe, expect, test } from 'vitest';
import { recoverablePoint } from '../../../lib/core/catalog/recoverable-point.ts';
import type { RecoveryWindow } from '../../../lib/core/catalog/recovery-window.ts';
import { historyOf, lsnAt } from '../../support/wal-fixture.ts';
import { backupRecord, LONG_AGO, NOW } from './archive-model.ts';

function window(timeline: number, end: number, toTime: Date): RecoveryWindow {
  return {
    backup: backupRecord(1),
    timeline,
    history: historyOf(timeline, []),
    path: { segments: [], end: undefined },
    fromTime: LONG_AGO,
    fromLsn: lsnAt(1),
    toTime,
    toLsn: lsnAt(end),
  };
}

describe('recoverablePoint', () => {
  const early = new Date(NOW.getTime() - 90_000);
  const late = new Date(NOW.getTime() - 1_500);

  test('is the furthest end on the timeline, with its age in seconds', () => {
    const windows = [window(1, 4, early), window(1, 7, late), window(1, 5, early)];
    expect(recoverablePoint(windows, 1, NOW)).toEqual({ lsn: lsnAt(7), time: late, ageSec: 1.5 });
  });

  test('leaves other timelines out of account', () => {
    const windows = [window(1, 9, late), window(2, 5, early)];
    expect(recoverablePoint(windows, 2, NOW)).toMatchObject({ lsn: lsnAt(5), ageSec: 90 });
  });

  test('is nothing without a window', () => {
    expect(recoverablePoint([], 1, NOW)).toBeUndefined();
    expect(recoverablePoint([window(2, 5, early)], 1, NOW)).toBeUndefined();
  });

  test('is never younger than now, whatever the clocks say', () => {
    const ahead = new Date(NOW.getTime() + 5_000);
    expect(recoverablePoint([window(1, 4, ahead)], 1, NOW)?.ageSec).toBe(0);
  });
});
