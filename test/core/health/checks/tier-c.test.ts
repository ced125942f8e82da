import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grownByDatabase } from '../../../../lib/core/health/checks/by-database.ts';
import { CHECKPOINT_CHECKS } from '../../../../lib/core/health/checks/checkpoints.ts';
import { HOT_SPOT_CHECKS } from '../../../../lib/core/health/checks/hot-spot.ts';
import { IO_CHECKS } from '../../../../lib/core/health/checks/io.ts';
import { STATISTICS_CHECKS } from '../../../../lib/core/health/checks/statistics.ts';
import type { Judgement } from '../../../../lib/core/health/judgement.ts';
import type { SqlCheck } from '../../../../lib/core/health/check.ts';
import { checkOf } from '../../../support/health-probe.ts';
import { knownServer } from './known-server.ts';

const KNOWN = knownServer({});
const MINUTE_MS = 60_000;

/** What a check makes of rows that come a minute after it left these counters. */
function judged(
  checks: readonly SqlCheck[],
  id: string,
  rows: readonly unknown[],
  counters: Readonly<Record<string, number>>,
): Judgement {
  const at = new Date(KNOWN.now.getTime() - MINUTE_MS);
  return checkOf(checks, id).judge(rows, { ...KNOWN, before: { at, counters } });
}

describe('C4 reads', () => {
  const counters = { 'C4.hits': 0, 'C4.misses': 0, 'C4.reads': 0, 'C4.ms': 0 };

  test('goes by the time of a read, not by the share that memory had', () => {
    const few = { hits: 0, misses: 5_000, reads: 5_000 };
    expect(judged(IO_CHECKS, 'C4', [{ ...few, ms: 5_000 }], counters)).toMatchObject({
      standing: 'ok',
      says: 'a read takes 1.0 ms; 0.0 % of pages came from memory',
    });
    expect(judged(IO_CHECKS, 'C4', [{ ...few, ms: 100_000 }], counters)).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/^a read takes 20\.0 ms/),
      values: { WorkloadTroubles: 1 },
    });
  });

  test('is blind when the server gives no number', () => {
    const row = { hits: null, misses: 1, reads: null, ms: null };
    expect(judged(IO_CHECKS, 'C4', [row], counters)).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/no usable hits/),
    });
  });
});

describe('C16 subtransactions', () => {
  test('warns of sessions that wait, however little is read', () => {
    const row = { reads: 0, waiting: 10, sees: true };
    expect(judged(IO_CHECKS, 'C16', [row], { 'C16.reads': 0 })).toMatchObject({
      standing: 'warn',
      says: '0 reads a minute, 10 sessions wait',
    });
  });
});

describe('C5 forced-checkpoints', () => {
  const after = (timed: number, requested: number, counters: Judgement['counters']): Judgement =>
    judged(CHECKPOINT_CHECKS, 'C5', [{ timed, requested }], { ...counters });

  test('judges three of them at least, and holds what they came to until there are as many others', () => {
    const fresh = { 'C5.timed': 1, 'C5.requested': 1 };
    const first = after(1, 3, fresh);
    expect(first).toMatchObject({ standing: 'ok', values: { ForcedCheckpointPercent: 0 } });
    const forced = after(1, 4, first.counters);
    expect(forced).toMatchObject({ standing: 'warn', values: { ForcedCheckpointPercent: 100 } });
    const still = after(2, 4, forced.counters);
    expect(still).toMatchObject({ standing: 'warn', values: { ForcedCheckpointPercent: 100 } });
    const mixed = after(3, 5, still.counters);
    expect(Math.round(Number(mixed.values?.ForcedCheckpointPercent))).toBe(33);
  });

  test('thinks nothing of the one that a base backup asks for', () => {
    const backup = after(9, 2, { 'C5.timed': 9, 'C5.requested': 1 });
    expect(backup.values).toEqual({ ForcedCheckpointPercent: 0 });
    const timed = after(11, 2, backup.counters);
    expect(Math.round(Number(timed.values?.ForcedCheckpointPercent))).toBe(33);
    expect(timed.standing).toBe('ok');
  });

  test('waits when the counters were set back', () => {
    const left = { 'C5.timed': 5, 'C5.requested': 5 };
    expect(judged(CHECKPOINT_CHECKS, 'C5', [{ timed: 0, requested: 0 }], left)).toMatchObject({
      standing: 'waiting',
    });
  });
});

describe('C11 updates-in-place', () => {
  test('says nothing of a database that is new, or was hardly updated', () => {
    const row = { database: 'new', updates: 900, hot: 0, elsewhere: 0 };
    expect(judged(STATISTICS_CHECKS, 'C11', [row], {})).toMatchObject({ standing: 'ok' });
    const left = { 'updates.new': 0, 'hot.new': 0 };
    expect(judged(STATISTICS_CHECKS, 'C11', [row], left)).toMatchObject({ standing: 'ok' });
  });
});

describe('C17 hot-table', () => {
  test('keeps few counters, whatever there are of databases', () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      database: `d${index}`,
      table: 'public.t',
      read: index,
      total: index,
    }));
    const { counters = {} } = judged(HOT_SPOT_CHECKS, 'C17', rows, {});
    expect(Object.keys(counters).length).toBeLessThanOrEqual(400);
  });
});

describe('growth by database', () => {
  const Rows = fc.uniqueArray(fc.record({ database: fc.string(), value: fc.nat() }), {
    minLength: 1,
    selector: ({ database }) => database,
  });

  test('is never negative, and unknown after the counters were set back', () => {
    fc.assert(
      fc.property(Rows, fc.nat(), fc.nat(), (values, total, past) => {
        const rows = values.map((one) => ({ ...one, total }));
        const before = {
          at: new Date(KNOWN.now.getTime() - MINUTE_MS),
          counters: { C: past },
        };
        const grown = grownByDatabase({ now: KNOWN.now, before }, 'C', rows);
        expect(grown.total).toBe(total < past ? undefined : total - past);
        expect(grown.databases).toEqual([]);
        const next = grownByDatabase(
          { now: KNOWN.now, before: { ...before, counters: grown.counters } },
          'C',
          rows,
        );
        expect(next).toMatchObject({ total: 0, databases: [] });
      }),
    );
  });
});
