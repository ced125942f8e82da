import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { RecoveryPlan } from '../../../../lib/core/restore/plan/recovery-plan.ts';
import { formatLsn } from '../../../../lib/core/wal/lsn.ts';
import { lsnAt } from '../../../support/wal-fixture.ts';
import type { WrittenRecord } from '../../../support/wal-writer.ts';
import { newRecoveryStore, type PastEvent, type RecoveryStore, timeAt } from './recovery-store.ts';

/** One segment's events, and whether a backup is finished within it, before them. */
interface PastSegment {
  readonly events: readonly PastEvent[];
  readonly hasBackup: boolean;
}

interface Written extends WrittenRecord {
  readonly event: PastEvent;
  readonly previousEndLsn: bigint;
}

const FIRST = 2;
/** A second per event; a clock that is set back now and then. */
const pasts: fc.Arbitrary<readonly PastSegment[]> = fc
  .array(
    fc.record({
      kinds: fc.array(
        fc.record({
          kind: fc.constantFrom('commit', 'commit', 'abort', 'point'),
          name: fc.integer({ min: 3, max: 9 }),
          back: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5 })),
        }),
        { maxLength: 4 },
      ),
      hasBackup: fc.boolean(),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((segments) =>
    segments.map(({ kinds, hasBackup }, index) => ({
      hasBackup: hasBackup || index === 0,
      events: kinds.map(({ kind, name, back }, n): PastEvent => {
        const at = 100 * (index + FIRST) + 10 * n - 12 * back;
        if (kind === 'point') return { point: `p${name}`, at };
        return kind === 'abort' ? { abort: name, at } : { commit: name, at };
      }),
    })),
  );

async function build(
  past: readonly PastSegment[],
): Promise<{ readonly store: RecoveryStore; readonly written: readonly Written[] }> {
  const store = await newRecoveryStore();
  const written: Written[] = [];
  for (const [index, { events, hasBackup }] of past.entries()) {
    const number = index + FIRST;
    const records = await store.segment(number, events, { isIndexed: index % 2 === 0 });
    for (const [at, place] of records.entries()) {
      const event = events[at];
      // The record of no interest before the first is 32 bytes long.
      const previousEndLsn = records[at - 1]?.endLsn ?? lsnAt(number) + 72n;
      if (event !== undefined) written.push({ ...place, event, previousEndLsn });
    }
    if (hasBackup) await store.backup(number, 100 * number - 1);
  }
  return { store, written };
}

/** Where replay stops, `latest`, or the code of the refusal. */
async function outcome(plan: Promise<RecoveryPlan>): Promise<string> {
  try {
    const { stopLsn, stopAt } = await plan;
    return stopAt.kind === 'latest' ? 'latest' : formatLsn(stopLsn ?? 0n);
  } catch (error) {
    if (isOpsError(error)) return error.code;
    throw error;
  }
}

describe('any target in any past', () => {
  test('by time stops where PostgreSQL would', async () => {
    await fc.assert(
      fc.asyncProperty(pasts, fc.nat({ max: 700 }), fc.boolean(), async (past, at, exclusive) => {
        const { store, written } = await build(past);
        const found = await outcome(store.plan(timeAt(at, 789), { exclusive }));
        const backups = past.flatMap(({ hasBackup }, i) => (hasBackup ? [i + FIRST] : []));
        const start = backups.findLast((number) => 100 * number - 1 <= at);
        const stop = written.find(({ lsn, event }) => {
          const isEnd = 'commit' in event || 'abort' in event;
          if (!isEnd || start === undefined || lsn < lsnAt(start)) return false;
          return exclusive ? event.at >= at : event.at > at;
        });
        const reached = stop === undefined ? 'latest' : formatLsn(stop.previousEndLsn);
        expect(found).toBe(start === undefined ? 'RESTORE-WINDOW' : reached);
      }),
      { numRuns: 25 },
    );
  });

  test('by name or transaction stops at the only one, and refuses none or several', async () => {
    await fc.assert(
      fc.asyncProperty(
        pasts,
        fc.integer({ min: 3, max: 9 }),
        fc.constantFrom('xid', 'xid-exclusive', 'name'),
        async (past, id, kind) => {
          const { store, written } = await build(past);
          const exclusive = kind === 'xid-exclusive';
          const target = kind === 'name' ? `name:p${id}` : `xid:${id}`;
          const found = await outcome(store.plan(target, { exclusive }));
          const places = written.filter(({ event }) => {
            if (kind === 'name') return 'point' in event && event.point === `p${id}`;
            return (
              ('commit' in event && event.commit === id) || ('abort' in event && event.abort === id)
            );
          });
          const [only, second] = places;
          const stop = exclusive ? only?.previousEndLsn : only?.endLsn;
          const isPlaced = stop !== undefined && second === undefined;
          expect(found).toBe(isPlaced ? formatLsn(stop) : 'RESTORE-TARGET');
        },
      ),
      { numRuns: 25 },
    );
  });
});
