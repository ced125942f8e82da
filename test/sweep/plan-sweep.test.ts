import { assert, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { LONG, planSweep, sampleOf, SHORT } from './plan-sweep.ts';

const CALLS = new Map([
  ['store list wal/ archive-listing', 5],
  ['file link store/… folder-stage', 9],
  ['program flock --exclusive file-lock', 1],
  ['session send sql connection', 30],
]);

describe('planSweep', () => {
  test('fails each kind of call, within its turns, the same for the same seed', () => {
    assert(
      property(nat(), (seed) => {
        for (const size of [SHORT, LONG]) {
          const faults = planSweep(CALLS, size, seededRandom(seed));
          expect(new Set(faults.map(({ call }) => call))).toEqual(new Set(CALLS.keys()));
          for (const { call, turn } of faults) {
            expect(turn).toBeGreaterThanOrEqual(1);
            expect(turn).toBeLessThanOrEqual(CALLS.get(call) ?? 0);
          }
          expect(planSweep(CALLS, size, seededRandom(seed))).toEqual(faults);
        }
      }),
    );
  });

  test('takes the first and the last call of a kind, and no fault twice, when it is long', () => {
    const faults = planSweep(CALLS, LONG, seededRandom(1));
    const turns = faults.filter(({ call }) => call.startsWith('file ')).map(({ turn }) => turn);
    expect(turns).toEqual(expect.arrayContaining([1, 9]));
    expect(new Set(faults.map((fault) => JSON.stringify(fault))).size).toBe(faults.length);
  });

  test('waits for no program that stalls when it is short', () => {
    const effects = Array.from({ length: 50 }, (_, seed) =>
      planSweep(CALLS, SHORT, seededRandom(seed)),
    );
    expect(effects.flat().map(({ effect }) => effect)).not.toContain('stalls');
  });

  test('a sample has as many faults of each layer as are wanted', () => {
    const faults = planSweep(CALLS, LONG, seededRandom(1));
    const layers = sampleOf(faults, { store: 2, session: 1 }).map(({ call }) => call.split(' ')[0]);
    expect(layers).toEqual(['store', 'store', 'session']);
  });
});
