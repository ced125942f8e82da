import { describe, expect, test } from 'vitest';
import { planRecovery } from '../../../../lib/core/restore/plan/plan-recovery.ts';
import type {
  RecoveryChoices,
  RecoveryPlan,
  RecoveryRequest,
} from '../../../../lib/core/restore/plan/recovery-plan.ts';
import type { RecoveryTarget } from '../../../../lib/core/restore/plan/target.ts';
import {
  lsnOf,
  NOTHING_MET,
  type Past,
  placedIn,
  requestFor,
  timeTarget,
} from './recovery-model.ts';

const past: Past = { segments: 20, perSegment: 10, missing: new Set(), backups: [2, 10] };
const LATEST = { kind: 'latest' } as const;
const STOP = lsnOf(14) + 4096n;

interface Wanted {
  readonly stopAt?: RecoveryTarget;
  readonly stopLsn?: bigint;
  readonly choices?: RecoveryChoices;
  readonly change?: (request: RecoveryRequest) => RecoveryRequest;
}

/** The plan of a recovery to `target`, placed as wanted. */
function planOf(target: RecoveryTarget, wanted: Wanted = {}): RecoveryPlan {
  const { stopAt = target, stopLsn, choices = {}, change = (same) => same } = wanted;
  const request = change({ ...requestFor(past, target), choices });
  return planRecovery(request, placedIn(request, stopAt, stopLsn), NOTHING_MET);
}

describe('planRecovery', () => {
  test.each<[RecoveryTarget, Record<string, string>]>([
    [timeTarget(110), { recovery_target_time: '2026-11-22 00:01:50.000000+00' }],
    [{ kind: 'lsn', lsn: STOP }, { recovery_target_lsn: '0/E01000' }],
    [{ kind: 'xid', xid: 735n }, { recovery_target_xid: '735' }],
    [{ kind: 'name', name: 'here' }, { recovery_target_name: 'here' }],
    [{ kind: 'immediate' }, { recovery_target: 'immediate' }],
    [LATEST, {}],
  ])('tells PostgreSQL to stop at %o, on a timeline by its number', (target, settings) => {
    expect(planOf(target).targetSettings).toEqual({
      recovery_target_timeline: '1',
      recovery_target_inclusive: 'on',
      recovery_target_action: 'promote',
      ...settings,
    });
  });

  test('stops before the target when that is wanted', () => {
    const plan = planOf(timeTarget(110), { choices: { exclusive: true } });
    expect(plan.inclusive).toBe(false);
    expect(plan.targetSettings['recovery_target_inclusive']).toBe('off');
  });

  test('needs WAL up to the record at which replay stops, and counts it', () => {
    const plan = planOf(timeTarget(139), { stopLsn: STOP });
    expect(plan.segments).toEqual([{ timeline: 1, first: 10n, last: 14n }]);
    expect([plan.segmentCount, plan.walBytes]).toEqual([5, 5 * 1024 * 1024]);
    expect([plan.stopLsn, plan.endsWithPlan]).toEqual([STOP, true]);
    const crossing = planOf(timeTarget(139), { stopLsn: lsnOf(15) - 40n });
    expect(crossing.segments.at(-1)?.last).toBe(15n);
  });

  test('never needs less than makes the backup consistent', () => {
    const plan = planOf({ kind: 'immediate' });
    expect(plan.segments).toEqual([{ timeline: 1, first: 10n, last: 11n }]);
    expect(plan.stopLsn).toBeUndefined();
  });

  test('needs all WAL for latest, and more if it comes', () => {
    const plan = planOf(LATEST);
    expect(plan.segments).toEqual([{ timeline: 1, first: 10n, last: 20n }]);
    expect([plan.stopLsn, plan.endsWithPlan]).toEqual([undefined, false]);
    expect(plan.notes.join()).toContain('the last commit in the archive');
  });

  test('needs all WAL there is now for a target at its end, and says so', () => {
    const plan = planOf(timeTarget(200), { stopAt: LATEST });
    expect([plan.stopLsn, plan.endsWithPlan]).toEqual([lsnOf(21), true]);
    expect(plan.notes.join()).toContain('all of it is replayed');
  });

  test('names the tablespaces that are created on the way', () => {
    const request = requestFor(past, LATEST);
    const created = [{ oid: '16400', location: '/srv/fast', lsn: STOP }];
    const plan = planRecovery(request, placedIn(request, LATEST), {
      ...NOTHING_MET,
      createdTablespaces: created,
    });
    expect(plan.createdTablespaces).toEqual(created);
  });

  test('needs the histories of its timelines that the archive has', () => {
    const reason = 'no recovery target specified';
    const parents = [1, 2].map((timeline) => ({ timeline, endLsn: lsnOf(15), reason }));
    const history = { timeline: 3, parents };
    const change = (request: RecoveryRequest): RecoveryRequest => ({
      ...request,
      windows: request.windows.map((window) => ({ ...window, timeline: 3, history })),
      histories: new Map([...request.histories, [3, history]]),
    });
    const plan = planOf(LATEST, { change });
    expect(plan.historyFiles).toEqual(['00000003.history']);
    expect(plan.targetSettings['recovery_target_timeline']).toBe('3');
  });

  test('says when the backup holds damaged pages', () => {
    const change = (request: RecoveryRequest): RecoveryRequest => ({
      ...request,
      windows: request.windows.map((window) => ({
        ...window,
        backup: { ...window.backup, checksumFailures: ['base/5/16384'] },
      })),
    });
    expect(planOf(LATEST, { change }).notes.join()).toContain('damaged pages in base/5/16384');
  });

  test('estimates from rates', () => {
    const rates = { extractBytesPerSec: 10, replaySegmentsPerSec: 2 };
    const change = (request: RecoveryRequest): RecoveryRequest => ({ ...request, rates });
    expect(planOf(LATEST, { change }).estimatedSec).toBe(16);
  });
});
