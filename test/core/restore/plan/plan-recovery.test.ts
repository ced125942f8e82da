import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRecovery } from '../../../../lib/core/restore/plan/plan-recovery.ts';
import type { RecoveryPlan } from '../../../../lib/core/restore/plan/recovery-plan.ts';
import { at, lsnOf, type Past, requestFor, secondAfter, timeTarget } from './recovery-model.ts';

const whole: Past = { segments: 20, perSegment: 10, missing: new Set(), backups: [2, 10] };
const holed: Past = { ...whole, missing: new Set([6, 7]) };
const latest = { kind: 'latest' } as const;

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function lastSegment(plan: RecoveryPlan): number {
  return Number(plan.segments.at(-1)?.last);
}

describe('planRecovery', () => {
  test('takes the newest backup that ended before the time', () => {
    expect(planRecovery(requestFor(whole, timeTarget(109))).backup.id).toBe('backup-2');
    const plan = planRecovery(requestFor(whole, timeTarget(110)));
    expect(plan.backup.id).toBe('backup-10');
    expect(plan.stopAt.kind).toBe('time');
    expect(plan.targetSettings).toEqual({
      recovery_target_timeline: '1',
      recovery_target_inclusive: 'on',
      recovery_target_action: 'promote',
      recovery_target_time: at(110).toISOString(),
    });
  });

  test('replays everything for a time at or after the last commit, and says so', () => {
    for (const seconds of [200, 201, 259]) {
      const plan = planRecovery(requestFor(whole, timeTarget(seconds)));
      expect(plan.stopAt.kind).toBe('latest');
      expect(plan.notes.join()).toContain('all of it is replayed');
    }
  });

  test('stops before the last commit for that very time, exclusively', () => {
    const request = { ...requestFor(whole, timeTarget(200)), choices: { exclusive: true } };
    const plan = planRecovery(request);
    expect(plan.stopAt.kind).toBe('time');
    expect(plan.targetSettings['recovery_target_inclusive']).toBe('off');
  });

  test.each([
    ['before every backup', 29, { nearestAfter: '2026-11-22 00:00:30.000000+00' }],
    ['in the future', 261, { nearestBefore: '2026-11-22 00:04:20.000000+00' }],
  ])('fails when the time is %s, with the nearest point', (_, seconds, details) => {
    expect(() => planRecovery(requestFor(whole, timeTarget(seconds)))).toThrow(
      expect.objectContaining({
        code: 'RESTORE-WINDOW',
        details: expect.objectContaining(details),
      }),
    );
  });

  test('fails when the time is behind a gap, with both neighbours and the gap', () => {
    expect(() => planRecovery(requestFor(holed, timeTarget(80)))).toThrow(
      expect.objectContaining({
        code: 'RESTORE-WINDOW',
        message: expect.stringContaining('2 segments missing from 000000010000000000000006 on'),
        details: expect.objectContaining({
          nearestBefore: '2026-11-22 00:00:49.999000+00',
          nearestAfter: '2026-11-22 00:01:50.000000+00',
        }),
      }),
    );
    // The neighbour that was named can be asked for.
    expect(planRecovery(requestFor(holed, timeTarget(49.999))).backup.id).toBe('backup-2');
  });

  test('latest is refused behind a gap, and taken from the backup after it', () => {
    expect(planRecovery(requestFor(holed, latest)).backup.id).toBe('backup-10');
    const early = { ...requestFor(holed, latest), choices: { backupId: 'backup-2' } };
    expect(codeOf(() => planRecovery(early))).toBe('RESTORE-WINDOW');
  });

  test('an LSN needs a backup that stops at or before it, and WAL up to it', () => {
    const lsn = (value: bigint) => requestFor(whole, { kind: 'lsn', lsn: value });
    const stop = lsnOf(4) - 8n;
    expect(codeOf(() => planRecovery(lsn(stop - 1n)))).toBe('RESTORE-WINDOW');
    expect(planRecovery(lsn(stop)).backup.id).toBe('backup-2');
    expect(lastSegment(planRecovery(lsn(lsnOf(6))))).toBe(7);
    expect(planRecovery(lsn(lsnOf(21))).stopAt.kind).toBe('latest');
    expect(codeOf(() => planRecovery(lsn(lsnOf(21) + 1n)))).toBe('RESTORE-WINDOW');
  });

  test('immediate takes the newest backup and only its own WAL', () => {
    const plan = planRecovery(requestFor(whole, { kind: 'immediate' }));
    expect(plan.backup.id).toBe('backup-10');
    expect(plan.segments).toEqual([{ timeline: 1, first: 10n, last: 11n }]);
    expect(plan.targetSettings['recovery_target']).toBe('immediate');
  });

  test('a transaction or a restore point needs a backup', () => {
    for (const target of [
      { kind: 'xid', xid: 9n } as const,
      { kind: 'name', name: 'a' } as const,
    ]) {
      const request = requestFor(whole, target);
      expect(codeOf(() => planRecovery(request))).toBe('RESTORE-TARGET');
      const placed = planRecovery({ ...request, choices: { backupId: 'backup-2' } });
      expect(placed.backup.id).toBe('backup-2');
      expect(lastSegment(placed)).toBe(20);
    }
  });

  test('fails when a backup, a timeline or --exclusive cannot be honoured', () => {
    const choose = (choices: object) =>
      codeOf(() => planRecovery({ ...requestFor(whole, latest), choices }));
    expect(choose({ backupId: 'other' })).toBe('CATALOG-BACKUP');
    expect(choose({ timeline: 3 })).toBe('RESTORE-TARGET');
    expect(choose({ exclusive: true })).toBe('RESTORE-TARGET');
    expect(codeOf(() => planRecovery({ ...requestFor(whole, latest), windows: [] }))).toBe(
      'RESTORE-WINDOW',
    );
  });

  test('fails when the backup has tablespaces', () => {
    const request = requestFor(whole, latest);
    const windows = request.windows.map((window) => ({
      ...window,
      backup: { ...window.backup, tablespaces: [{ oid: '1', name: 'fast', location: '/fast' }] },
    }));
    expect(codeOf(() => planRecovery({ ...request, windows }))).toBe('BACKUP-TABLESPACE');
  });

  test('follows the writer’s timeline and names the other one the time lies on', () => {
    const request = requestFor(whole, timeTarget(120));
    const reason = 'no recovery target specified';
    const history = { timeline: 2, parents: [{ timeline: 1, endLsn: lsnOf(15), reason }] };
    const second = request.windows.map((window) => ({ ...window, timeline: 2, history }));
    const both = {
      ...request,
      writerTimeline: 2,
      windows: [...request.windows, ...second],
      histories: new Map([...request.histories, [2, history]]),
    };
    const plan = planRecovery(both);
    expect(plan.timeline).toBe(2);
    expect(plan.historyFiles).toEqual(['00000002.history']);
    expect(plan.notes.join()).toContain('--timeline 1');
    const chosen = planRecovery({ ...both, choices: { timeline: 1 } });
    expect(chosen.targetSettings['recovery_target_timeline']).toBe('1');
  });

  test('estimates from rates', () => {
    const rates = { extractBytesPerSec: 10, replaySegmentsPerSec: 2 };
    expect(planRecovery({ ...requestFor(whole, latest), rates }).estimatedSec).toBe(16);
  });
});

const pasts: fc.Arbitrary<Past> = fc
  .record({
    segments: fc.integer({ min: 1, max: 25 }),
    perSegment: fc.integer({ min: 1, max: 5 }),
    missing: fc.uniqueArray(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
    backups: fc.uniqueArray(fc.integer({ min: 1, max: 22 }), { maxLength: 4 }),
  })
  .map((past) => ({
    ...past,
    missing: new Set(past.missing),
    backups: past.backups.sort((a, b) => a - b),
  }));

describe('planRecovery on any past', () => {
  test('recovers exactly the commits up to the time, or refuses', () => {
    fc.assert(
      fc.property(pasts, fc.integer({ min: 0, max: 200 }), (past, half) => {
        const seconds = half / 2;
        const expected = expectedByTime(past, seconds);
        const request = requestFor(past, timeTarget(seconds));
        expect(codeOf(() => planRecovery(request))).toBe(expected.refusal);
        if (expected.refusal !== undefined) return;
        const plan = planRecovery(request);
        expect(plan.backup.id).toBe(`backup-${expected.start}`);
        expect(plan.backup.finishedAt.getTime()).toBeLessThanOrEqual(at(seconds).getTime());
        expect(Number(plan.segments[0]?.first)).toBe(expected.start);
        expect(plan.segmentCount).toBe(lastSegment(plan) - expected.start + 1);
        // Every commit up to the time is in WAL that the plan reads, and one that stops it, or nothing is left.
        const end = secondAfter(past, lastSegment(plan));
        expect(end > seconds || !hasLater(past, lastSegment(plan))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** What a person would say, looking at the whole past. */
function expectedByTime(past: Past, seconds: number): { refusal?: string; start: number } {
  const has = (number: number): boolean => number <= past.segments && !past.missing.has(number);
  const restorable = past.backups.filter((start) => has(start) && has(start + 1));
  const start = restorable.findLast((each) => secondAfter(past, each + 1) <= seconds) ?? 0;
  if (start === 0 || seconds > secondAfter(past, past.segments) + 60) {
    return { refusal: 'RESTORE-WINDOW', start };
  }
  let end = start + 1;
  while (has(end + 1)) end += 1;
  const isBroken = [...past.missing].some((number) => number > end && hasLater(past, number));
  const isReachable = !isBroken || seconds < secondAfter(past, end);
  return isReachable ? { start } : { refusal: 'RESTORE-WINDOW', start };
}

function hasLater(past: Past, number: number): boolean {
  for (let later = number + 1; later <= past.segments; later += 1) {
    if (!past.missing.has(later)) return true;
  }
  return false;
}
