import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { restingBecause } from '../../../lib/core/health/breaker.ts';
import type { CheckAbout } from '../../../lib/core/health/check.ts';
import type { CheckResult } from '../../../lib/core/health/check-result.ts';
import {
  afterRun,
  isStale,
  isWanted,
  newestResults,
  probeMemory,
  type ProbeState,
} from '../../../lib/core/health/probe-memory.ts';
import { resultMetrics } from '../../../lib/core/health/result-metrics.ts';

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

describe('the newest result of each check', () => {
  const hourly = { ...ABOUT, everyMinutes: 60, atMinute: 17 };
  const blindness = result({ standing: 'blind' });

  test('counts between its runs too: blindness that shows once an hour is seen every minute', () => {
    const other = { ...ABOUT, id: 'C2' };
    let state = ran(NOTHING, 0, blindness);
    for (let minute = 1; minute <= 60; minute += 1) {
      state = ran(state, minute, result({ id: 'C2' }));
      const newest = newestResults(state, [hourly, other], later(minute));
      const metrics = resultMetrics([result({ id: 'C2' })], newest);
      expect(metrics.get('ChecksBlindC')).toBe(1);
      expect(metrics.get('ChecksRunC')).toBe(2);
    }
  });

  test('has no value again: only what this run saw is published', () => {
    const state = ran(NOTHING, 0, result({ values: { BloatedTables: 3 } }));
    const metrics = resultMetrics([], newestResults(state, [hourly], later(1)));
    expect(metrics.has('BloatedTables')).toBe(false);
  });

  test('counts no longer once two runs of its check have passed without another', () => {
    const state = ran(NOTHING, 0, blindness);
    expect(newestResults(state, [hourly], later(120))).toEqual([blindness]);
    expect(newestResults(state, [hourly], later(121))).toEqual([]);
  });

  test('is of a check that there is: another one’s is not counted', () => {
    expect(newestResults(ran(NOTHING, 0, blindness), [], AT)).toEqual([]);
  });

  test('is asked for again soon where it failed, and else when it is due', () => {
    const wanted = (state: ProbeState): readonly number[] =>
      Array.from({ length: 60 }, (_, minute) => minute).filter((minute) =>
        isWanted(state, hourly, minute),
      );
    expect(wanted(ran(NOTHING, 0, blindness))).toEqual([17]);
    expect(wanted(ran(NOTHING, 0, result({ standing: 'failed' })))).toEqual([
      2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57,
    ]);
  });
});
