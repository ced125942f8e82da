import { describe, expect, test } from 'vitest';
import { isOpsError } from '../../../../lib/core/errors/ops-error.ts';
import { planRecovery } from '../../../../lib/core/restore/plan/plan-recovery.ts';
import { assertReached } from '../../../../lib/core/restore/replay/reached-point.ts';
import type {
  RecoveryChoices,
  RecoveryPlan,
} from '../../../../lib/core/restore/plan/recovery-plan.ts';
import { parseTarget, type RecoveryTarget } from '../../../../lib/core/restore/plan/target.ts';
import { parseTargetTime } from '../../../../lib/core/restore/plan/target-time.ts';
import { lsnOf, NOTHING_MET, type Past, placedIn, requestFor } from '../plan/recovery-model.ts';

const past: Past = { segments: 20, perSegment: 10, missing: new Set(), backups: [2] };
const TIME = '2026-11-22T00:01:00Z';
const LATEST_REASON = 'no recovery target specified';

/** The plan to `target`; replay is to stop at `stopLsn`, or at the end of the WAL for `latest`. */
function plan(
  target: string | RecoveryTarget,
  choices: RecoveryChoices = {},
  { stopLsn, stopAt }: { readonly stopLsn?: bigint; readonly stopAt?: RecoveryTarget } = {},
): RecoveryPlan {
  const parsed = typeof target === 'string' ? parseTarget(target) : target;
  const request = { ...requestFor(past, parsed), choices };
  return planRecovery(request, placedIn(request, stopAt ?? parsed, stopLsn), NOTHING_MET);
}

interface Stop {
  readonly lsn?: bigint;
  readonly reason: string;
  readonly parent?: number;
  readonly last?: string;
}

/** The complaint about a recovery that stopped so; `undefined` when there is none. */
function complaint(of: RecoveryPlan, stop: Stop): string | undefined {
  const { lsn = lsnOf(7), reason, parent = 1, last } = stop;
  const history = { timeline: 9, parents: [{ timeline: parent, endLsn: lsn, reason }] };
  const lastTransaction = last === undefined ? undefined : parseTargetTime(last);
  try {
    assertReached(of, { history, lastTransaction });
    return undefined;
  } catch (error) {
    return isOpsError(error, 'RESTORE-MISMATCH') ? error.message : `unexpected: ${String(error)}`;
  }
}

describe('assertReached', () => {
  const time = plan(TIME);
  const before = 'before 2026-11-22 00:01:01+00';

  test('accepts a stop before the first later commit', () => {
    expect(complaint(time, { reason: before, last: '2026-11-22 00:01:00+00' })).toBeUndefined();
    expect(complaint(time, { reason: before })).toBeUndefined();
    const history = { timeline: 9, parents: [{ timeline: 1, endLsn: lsnOf(7), reason: before }] };
    const lastTransaction = parseTargetTime('2026-11-22 00:01:00.5+00');
    const later = plan('2026-11-22T00:01:01Z');
    expect(assertReached(later, { history, lastTransaction })).toEqual({
      lsn: lsnOf(7),
      time: new Date('2026-11-22T00:01:00.500Z'),
    });
  });

  test('fails when a transaction after the time was replayed, by a microsecond', () => {
    const last = '2026-11-22 00:01:00.000001+00';
    expect(complaint(time, { reason: before, last })).toContain('replayed a transaction');
  });

  test('fails when the transaction of the very time was replayed, exclusively', () => {
    const exclusive = plan(TIME, { exclusive: true });
    const last = '2026-11-22 00:01:00+00';
    expect(complaint(exclusive, { reason: before, last })).toContain('replayed a transaction');
  });

  test('fails when another timeline was followed, or the reason is another', () => {
    expect(complaint(time, { reason: before, parent: 2 })).toContain('timeline 2 instead of 1');
    expect(complaint(time, { reason: LATEST_REASON })).toContain(LATEST_REASON);
    expect(complaint(plan('latest'), { reason: before, lsn: lsnOf(21) })).toContain(before);
  });

  test('fails when it stopped before the backup was consistent', () => {
    expect(complaint(time, { reason: before, lsn: lsnOf(3) })).toContain('consistent');
  });

  test('fails when it stopped a record earlier or later than its WAL said', () => {
    const target = plan({ kind: 'lsn', lsn: lsnOf(7) }, {}, { stopLsn: lsnOf(7) + 80n });
    const reason = 'after LSN 0/700000';
    expect(complaint(target, { reason, lsn: lsnOf(7) + 80n })).toBeUndefined();
    for (const lsn of [lsnOf(7), lsnOf(7) + 88n]) {
      expect(complaint(target, { reason, lsn })).toContain('instead of 0/700050');
    }
  });

  test('tells the time of the transaction with whose end an LSN stops', () => {
    const parents = [{ timeline: 1, endLsn: lsnOf(7), reason: 'after LSN 0/700000' }];
    const history = { timeline: 9, parents };
    const target = plan({ kind: 'lsn', lsn: lsnOf(7) });
    const lastTransaction = parseTargetTime('2026-11-22 00:01:00+00');
    const time = new Date('2026-11-22T00:01:01.000Z');
    const stopTime = BigInt(time.getTime()) * 1000n;
    expect(assertReached({ ...target, stopTime }, { history, lastTransaction })).toMatchObject({
      time,
    });
    expect(assertReached(target, { history, lastTransaction })).toMatchObject({
      time: lastTransaction.time,
    });
  });

  test('a target at the end of the WAL stops exactly there', () => {
    const end = plan({ kind: 'lsn', lsn: lsnOf(21) }, {}, { stopAt: { kind: 'latest' } });
    expect(complaint(end, { reason: LATEST_REASON, lsn: lsnOf(21) })).toBeUndefined();
    for (const lsn of [lsnOf(21) - 8n, lsnOf(21) + 8n]) {
      expect(complaint(end, { reason: LATEST_REASON, lsn })).toContain('instead of');
    }
  });

  test('latest may come further than the WAL of the plan, but not less far', () => {
    for (const lsn of [lsnOf(21), lsnOf(22)]) {
      expect(complaint(plan('latest'), { reason: LATEST_REASON, lsn })).toBeUndefined();
    }
    expect(complaint(plan('latest'), { reason: LATEST_REASON, lsn: lsnOf(21) - 8n })).toContain(
      'before the end',
    );
  });

  test('a time after the last commit may be passed by none', () => {
    const end = plan('2026-11-22T00:03:20Z', {}, { stopAt: { kind: 'latest' } });
    const stop = { reason: LATEST_REASON, lsn: lsnOf(21) };
    expect(complaint(end, { ...stop, last: '2026-11-22 00:03:20+00' })).toBeUndefined();
    expect(complaint(end, { ...stop, last: '2026-11-22 00:03:20.000001+00' })).toContain(
      'replayed',
    );
  });

  test.each([
    ['xid:700', 'after transaction 700'],
    ['name:here', 'at restore point "here"'],
    ['immediate', 'reached consistency'],
  ])('%s stops with its own reason', (target, reason) => {
    const placed = plan(target, { backupId: 'backup-2' });
    expect(complaint(placed, { reason })).toBeUndefined();
    expect(complaint(placed, { reason: before })).toContain(before);
  });

  test('fails when the timeline came from no other', () => {
    const history = { timeline: 9, parents: [] };
    expect(() => assertReached(time, { history, lastTransaction: undefined })).toThrow('no other');
  });
});
