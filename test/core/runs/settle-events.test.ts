import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRecord } from '../../../lib/core/runs/put-once.ts';
import { OutcomeRecord, TaskRecord } from '../../../lib/core/runs/run-records.ts';
import { settleTask } from '../../../lib/core/runs/settle-task.ts';
import { ScheduledBackup, startBaseBackup } from '../../../lib/core/runs/start-base-backup.ts';
import { mortal, unlessKilled } from './mortal.ts';
import { OCCURRENCE, runStage, type RunStage, stoppedTask, taskArnOf } from './run-stage.ts';

const EVENT = ScheduledBackup.parse({ scheduledTime: '2026-12-01T01:00:00Z', kind: 'base-backup' });

/** One delivery of an event, to an invocation that may die at any of its effects. */
interface Delivery {
  readonly attempt: 1 | 2;
  /** Lambda repeats an invocation under its own id; EventBridge sends the event to another. */
  readonly invocation: string;
  readonly waitMs: number;
  /** Effects after which it is killed. */
  readonly diesAfter: number;
}

const deliveries: fc.Arbitrary<readonly Delivery[]> = fc.array(
  fc.record({
    attempt: fc.constantFrom(1, 2),
    invocation: fc.constantFrom('a', 'b', 'c'),
    waitMs: fc.constantFrom(0, 1_000, 60_000, 120_000),
    diesAfter: fc.oneof(fc.constant(Infinity), fc.nat({ max: 3 })),
  }),
  { maxLength: 12 },
);
/** Exit statuses of every task: no backup, retryable, not retryable, stopped, unknown. */
const exits = fc.constantFrom(0, 72, 98, 121, undefined);
/** These come last, to judges that live, later than any function does. */
const LAST: readonly Delivery[] = ([1, 2] as const).map((attempt) => ({
  attempt,
  invocation: `last ${attempt}`,
  waitMs: 120_000,
  diesAfter: Infinity,
}));

/** A stage whose started task has ended by now. */
async function stageOf(): Promise<RunStage> {
  const stage = await runStage();
  await startBaseBackup(EVENT, stage.context('starter'));
  stage.clock.advance(31 * 60_000);
  return stage;
}

/** Delivers an event, unless it is about a task that was never started. */
async function deliver(
  stage: RunStage,
  { attempt, invocation, waitMs, diesAfter }: Delivery,
  exitCode: number | undefined,
  isCarriedOut = false,
): Promise<void> {
  if (stage.ecs.found.length < attempt) return;
  stage.clock.advance(waitMs);
  const task = stoppedTask(attempt, { taskArn: taskArnOf(attempt), exitCode });
  const { store, ecs } = mortal(stage, { after: diesAfter, isCarriedOut });
  await unlessKilled(settleTask(task, stage.context(invocation, { store, runner: ecs })));
}

async function outcomesOf({ store, lineage }: RunStage): Promise<readonly unknown[]> {
  const keys = lineage.keys.run('base-backup', OCCURRENCE);
  return Promise.all([1, 2].map(async (n) => findRecord(store, keys.outcome(n), OutcomeRecord)));
}

describe('events about stopped tasks, repeated, in any order', () => {
  test('come to one outcome for each attempt and one retry at most, whenever judges die', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, exits, fc.boolean(), async (sent, exitCode, isCarriedOut) => {
        const stage = await stageOf();
        let known = await outcomesOf(stage);
        for (const delivery of [...sent, ...LAST]) {
          await deliver(stage, delivery, exitCode, isCarriedOut);
          const now = await outcomesOf(stage);
          // What stands stays as it is.
          expect(known.map((one, index) => one ?? now[index])).toEqual(now);
          known = now;
        }
        const isRetried = exitCode !== 98;
        const tokens = new Set(stage.ecs.requests.map(({ clientToken }) => clientToken));
        const started = isRetried ? 2 : 1;
        expect([tokens.size, stage.ecs.found.length]).toEqual([started, started]);
        expect(known[0]).toMatchObject({ taskArn: taskArnOf(1), isRetried });
        const second = expect.objectContaining({ taskArn: taskArnOf(2), isRetried: false });
        expect(known[1]).toEqual(isRetried ? second : undefined);
        const key = stage.lineage.keys.run('base-backup', OCCURRENCE).task(2);
        expect((await findRecord(stage.store, key, TaskRecord))?.taskArn).toBe(
          isRetried ? taskArnOf(2) : undefined,
        );
      }),
    );
  });

  test('are told of once for each attempt when no judge dies', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, exits, async (sent, exitCode) => {
        const stage = await stageOf();
        for (const [index, delivery] of sent.entries()) {
          const alive = { ...delivery, invocation: `${index}`, diesAfter: Infinity };
          await deliver(stage, alive, exitCode);
        }
        const judged = stage.lines.filter(({ event }) => event === 'run.judged');
        const attempts = judged.map(({ fields }) => fields['attempt']);
        expect(new Set(attempts).size).toBe(attempts.length);
        const counted = stage.sent.filter(([name]) => /^Backup(Retried|Failed)$/.test(name));
        expect(counted).toHaveLength(attempts.length);
      }),
    );
  });
});
