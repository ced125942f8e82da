import { array, assert, integer, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockingRoots } from '../../../lib/core/health/blocking-roots.ts';

const waits = array(
  record({ pid: integer({ min: 1, max: 12 }), by: integer({ min: 0, max: 12 }) }),
);

describe('blockingRoots', () => {
  test('finds whom a chain waits for, and how many wait in it', () => {
    const chain = [
      { pid: 2, by: 1 },
      { pid: 3, by: 2 },
      { pid: 3, by: 1 },
      { pid: 5, by: 4 },
    ];
    expect(blockingRoots(chain)).toEqual([
      { pid: 1, waiting: 2 },
      { pid: 4, waiting: 1 },
    ]);
  });

  test('finds none in a circle, and ends', () => {
    expect(
      blockingRoots([
        { pid: 1, by: 2 },
        { pid: 2, by: 1 },
      ]),
    ).toEqual([]);
  });

  test('names whoever is waited for and does not wait, those first for whom most wait', () => {
    assert(
      property(waits, (given) => {
        const waiting = new Set(given.map(({ pid }) => pid));
        const expected = new Set(given.map(({ by }) => by).filter((pid) => !waiting.has(pid)));
        const roots = blockingRoots(given);
        expect(new Set(roots.map(({ pid }) => pid))).toEqual(expected);
        for (const root of roots) {
          const direct = given.filter(({ by }) => by === root.pid).map(({ pid }) => pid);
          expect(root.waiting).toBeGreaterThanOrEqual(new Set(direct).size);
          expect(root.waiting).toBeLessThanOrEqual(waiting.size);
        }
        expect(roots).toEqual(roots.toSorted((a, b) => b.waiting - a.waiting || a.pid - b.pid));
      }),
    );
  });
});
