import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOpsError } from '../../../lib/core/errors/ops-error.ts';
import { findRecord } from '../../../lib/core/runs/put-once.ts';
import { ClaimRecord, TaskRecord } from '../../../lib/core/runs/run-records.ts';
import { ScheduledBackup, startBaseBackup } from '../../../lib/core/runs/start-base-backup.ts';
import { type Death, Killed, mortal } from './mortal.ts';
import { OCCURRENCE, runStage, type RunStage, taskArnOf } from './run-stage.ts';

const EVENT = ScheduledBackup.parse({ scheduledTime: '2026-12-01T01:00:00Z', kind: 'base-backup' });

/** One call for the same occurrence. */
interface Call {
  readonly invocation: string;
  readonly waitMs: number;
  readonly death: Death;
  /** Whether ECS lists by now what it started; it is consistent only after a while. */
  readonly isListed: boolean;
}

const calls: fc.Arbitrary<readonly Call[]> = fc.array(
  fc.record({
    invocation: fc.constantFrom('a', 'b', 'c'),
    waitMs: fc.constantFrom(0, 1_000, 60_000, 120_000),
    death: fc.record({
      after: fc.oneof(fc.constant(Infinity), fc.nat({ max: 2 })),
      isCarriedOut: fc.boolean(),
    }),
    isListed: fc.boolean(),
  }),
  { maxLength: 8 },
);
const LAST: Call = {
  invocation: 'last',
  waitMs: 120_000,
  death: { after: Infinity, isCarriedOut: true },
  isListed: true,
};

/** Calls the starter; it may die, or say that another is at it. */
async function call(stage: RunStage, { invocation, waitMs, death, isListed }: Call): Promise<void> {
  stage.clock.advance(waitMs);
  const { store, ecs } = mortal(stage, death);
  const runner = {
    start: async (...args: Parameters<typeof ecs.start>) => ecs.start(...args),
    tasks: async () => (isListed ? ecs.tasks() : []),
  };
  try {
    await startBaseBackup(EVENT, stage.context(invocation, { store, runner }));
  } catch (error) {
    if (!(error instanceof Killed) && !isOpsError(error, 'BACKUP-BUSY')) throw error;
  }
}

describe('calls for one occurrence, repeated, by invocations that die', () => {
  test('come to one task', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async (made) => {
        const stage = await runStage();
        for (const one of [...made, LAST]) await call(stage, one);
        expect(stage.ecs.found).toHaveLength(1);
        const keys = stage.lineage.keys.run('base-backup', OCCURRENCE);
        expect((await findRecord(stage.store, keys.task(1), TaskRecord))?.taskArn).toBe(
          taskArnOf(1),
        );
        expect(await findRecord(stage.store, keys.claim, ClaimRecord)).toBeDefined();
      }),
    );
  });

  test('come to one task when several are at it at once', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async (made) => {
        const stage = await runStage();
        await Promise.all(made.map(async (one) => call(stage, one)));
        await call(stage, LAST);
        expect(stage.ecs.found).toHaveLength(1);
      }),
    );
  });
});
