import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restingBecause } from '../../../lib/core/health/breaker.ts';
import type { CheckAbout } from '../../../lib/core/health/check.ts';
import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import {
  afterRun,
  isStale,
  probeMemory,
  type ProbeState,
} from '../../../lib/core/health/probe-memory.ts';

const AT = new Date('2026-12-01T01:00:00Z');
const ABOUT: CheckAbout = {
  id: 'C1',
  name: 'deadlocks',
  tier: 'C',
  group: 'workload',
  about: 'few',
  needs: 'nothing',
  look: 'SELECT 1',
  source: 'a test',
};
const NOTHING = probeMemory().state;

function result(given: Partial<CheckResult> = {}): CheckResult {
  const { id, name, tier, group } = ABOUT;
  return { id, name, tier, group, standing: 'ok', says: '', tookMs: 1, ...given };
}

function ran(before: ProbeState, minutes: number, ...results: readonly CheckResult[]): ProbeState {
  return afterRun(before, { at: later(minutes), isUp: true, results });
}

function later(minutes: number): Date {
  return new Date(AT.getTime() + minutes * 60_000);
}

describe('the breaker', () => {
  test('lets every run try before the fifth failure, and each fifth minute’s after it', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(1_000_000), (failedRuns, minute) => {
        const tries = restingBecause(failedRuns, minute) === undefined;
        expect(tries).toBe(failedRuns < 5 || minute % 5 === 0);
      }),
    );
  });

  test('says HEALTH-RESTING, and of how many runs', () => {
    expect(restingBecause(7, 1)).toMatchObject({
      code: 'HEALTH-RESTING',
      message: expect.stringContaining('7 runs'),
    });
  });
});

describe('what a run leaves to the next', () => {
  test('is one failure more, and none once the server was there', () => {
    const down = { at: AT, isUp: false, results: [] };
    const twice = afterRun(afterRun(NOTHING, down), down);
    expect(twice.failedRuns).toBe(2);
    expect(ran(twice, 1).failedRuns).toBe(0);
  });

  test('are counters with the time of their own check’s run', () => {
    const first = ran(NOTHING, 0, result({ counters: { one: 1 } }), result({ id: 'C2' }));
    const second = ran(first, 1, result({ id: 'C2', counters: { two: 2 } }));
    expect([...second.samples]).toEqual([
      ['C1', { at: AT, counters: { one: 1 } }],
      ['C2', { at: later(1), counters: { two: 2 } }],
    ]);
  });

  test('are the counters of before where a run had none', () => {
    const first = ran(NOTHING, 0, result({ counters: { one: 1 } }));
    const second = ran(first, 1, result({ standing: 'failed' }));
    expect(second.samples.get('C1')).toEqual({ at: AT, counters: { one: 1 } });
  });
});

describe('what a check came to last', () => {
  test('is too old once the check is due again', () => {
    const state = ran(NOTHING, 0, result());
    const seldom = { ...ABOUT, everyMinutes: 5 };
    expect(isStale(state, seldom, later(4))).toBe(false);
    expect(isStale(state, seldom, later(5))).toBe(true);
    expect(isStale(state, ABOUT, later(1))).toBe(true);
  });

  test.each(['failed', 'waiting'] as const)('is not kept while it is %s', (standing) => {
    const state = ran(NOTHING, 0, result({ standing }));
    expect(isStale(state, { ...ABOUT, everyMinutes: 60 }, AT)).toBe(true);
  });

  test('is none before its first run', () => {
    expect(isStale(NOTHING, ABOUT, AT)).toBe(true);
  });
});
