import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockerRoots,
  blockersLook,
  type Session,
} from '../../../lib/core/diagnosis/parts/blockers.ts';

const session = (pid: number, blockers: readonly number[] = [], more = {}): Session => ({
  pid,
  role: 'app',
  database: 'shop',
  state: blockers.length > 0 ? 'active' : 'idle in transaction',
  wait: '',
  table: 'cards',
  transactionSec: 75,
  waitSec: blockers.length > 0 ? 30 : 0,
  blockers: [...blockers],
  ...more,
});

/** Any graph, with circles. */
const graph = fc
  .array(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }), { maxLength: 12 })
  .map((all) => all.map((blockers, index) => session(index + 1, blockers)));

describe('who blocks whom', () => {
  test('is nobody when nobody waits', () => {
    expect(blockersLook([])).toEqual({ says: 'nobody waits for a lock' });
  });

  test('is a chain, told from its root', () => {
    const look = blockersLook([session(1), session(2, [1]), session(3, [2]), session(4, [2])]);
    expect(look.says).toBe(
      '3 sessions waiting, the longest for 30 s; pid 1 (app in shop), idle in transaction, its transaction 1 min 15 s old, holds up 3, 2 deep',
    );
    expect(look.next).toBe('SELECT pg_terminate_backend(1)');
    expect(look.rows).toHaveLength(4);
  });

  test('of one that is at work ends only its statement', () => {
    const look = blockersLook([session(1, [], { state: 'active' }), session(2, [1])]);
    expect(look.next).toBe('SELECT pg_cancel_backend(1)');
  });

  test('is a prepared transaction, which no process has', () => {
    const look = blockersLook([session(0, [], { state: 'prepared transaction' }), session(2, [0])]);
    expect(look.says).toContain('a prepared transaction, ');
    expect(look.next).toBe('SELECT gid, owner, database FROM pg_prepared_xacts');
  });

  test('is a circle that has no root', () => {
    const look = blockersLook([session(1, [2]), session(2, [1])]);
    expect(look.says).toContain('they wait for each other');
    expect(look.next).toBeUndefined();
  });

  test('ends for any graph, and its roots wait for nobody and hold up nobody twice', () => {
    fc.assert(
      fc.property(graph, (sessions) => {
        for (const { session: root, holdsUp, depth } of blockerRoots(sessions)) {
          expect(root.blockers).toEqual([]);
          expect(holdsUp).not.toContain(root.pid);
          expect(new Set(holdsUp).size).toBe(holdsUp.length);
          expect(depth).toBeLessThanOrEqual(holdsUp.length);
        }
      }),
    );
  });

  test('that a new version would tell otherwise is refused', () => {
    expect(() => blockersLook([{ pid: null }])).toThrow('expected number');
  });
});
