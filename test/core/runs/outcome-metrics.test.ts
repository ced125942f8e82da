import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backupMetrics } from '../../../lib/core/runs/outcome-metrics.ts';
import type { OutcomeRecord } from '../../../lib/core/runs/run-records.ts';
import { after } from './run-stage.ts';

function outcome(given: Partial<OutcomeRecord>): OutcomeRecord {
  return {
    taskArn: 'arn',
    verdict: 'failed',
    reason: 'why',
    isRetried: false,
    startedAt: after(2),
    stoppedAt: after(30),
    by: 'a',
    at: after(31),
    ...given,
  };
}

describe('backupMetrics', () => {
  test('tells of a success its duration, its size, and its share of the one before', () => {
    const backup = { id: 'b', bytes: 150, previousBytes: 200 };
    expect(backupMetrics(outcome({ verdict: 'succeeded', backup }))).toEqual([
      ['BackupSucceeded', 1],
      ['BackupDurationSec', 28 * 60],
      ['BackupBytes', 150],
      ['BackupSizePercent', 75],
    ]);
  });

  test.each([undefined, 0])('tells no share when the one before has %s bytes', (previousBytes) => {
    const backup = { id: 'b', bytes: 150, previousBytes };
    const names = backupMetrics(outcome({ verdict: 'succeeded', backup })).map(([name]) => name);
    expect(names).toEqual(['BackupSucceeded', 'BackupDurationSec', 'BackupBytes']);
  });

  test('tells of a failure whether another task takes its place', () => {
    expect(backupMetrics(outcome({}))).toEqual([['BackupFailed', 1]]);
    expect(backupMetrics(outcome({ isRetried: true }))).toEqual([['BackupRetried', 1]]);
  });

  test('tells of a task that never started besides', () => {
    expect(backupMetrics(outcome({ verdict: 'not-started', isRetried: true }))).toEqual([
      ['TaskNotStarted', 1],
      ['BackupRetried', 1],
    ]);
  });

  test('counts each outcome as exactly one of succeeded, failed and retried', () => {
    const outcomes = fc.record({
      verdict: fc.constantFrom('succeeded', 'not-started', 'interrupted', 'stopped', 'failed'),
      isRetried: fc.boolean(),
    });
    fc.assert(
      fc.property(outcomes, (given) => {
        const names = backupMetrics(outcome(given)).map(([name]) => name);
        const counts = /^Backup(Succeeded|Failed|Retried)$/;
        expect(names.filter((name) => counts.test(name))).toHaveLength(1);
      }),
    );
  });
});
