import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import type { AppliedRetention } from '../../../../lib/core/retention/apply/apply-retention.ts';
import { holdBackup } from '../../../../lib/core/retention/hold.ts';
import { judgeObject } from '../../../../lib/core/retention/judge-object.ts';
import { isBelowFloor, readFloors } from '../../../../lib/core/retention/read-floors.ts';
import { RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { getRecord } from '../../../../lib/core/store/record.ts';
import { MADE, type RetentionStage, retentionStage } from './retention-stage.ts';

/** Nothing is hidden, so that all that was ever tagged can be seen. */
class TaggingStore extends MemoryObjectStore {
  override async expireTagged(): Promise<void> {
    // The bucket's own rules do it.
  }
}

const policies = fc.record({
  windowDays: fc.constantFrom(1, 35, 45, 90, 3_650),
  monthly: fc.constantFrom(0, 1, 3),
  minBackups: fc.constantFrom(1, 3),
  agreementDays: fc.constantFrom(1, 7),
});

/** What happens to an archive from day to day. */
const life = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('apply' as const), policy: policies }),
    fc.record({ kind: fc.constant('days' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({
      kind: fc.constant('hold' as const),
      which: fc.integer({ min: 0, max: MADE.length - 1 }),
    }),
  ),
  { minLength: 3, maxLength: 9 },
);

/** What of an archive is tagged and should not be, or should be and is not. */
async function findWrong(
  { store, lineage, tagged }: RetentionStage,
  { plan, agreedWith }: AppliedRetention,
): Promise<readonly string[]> {
  const floors = await readFloors(store, lineage);
  const due = new Set(await tagged('due'));
  const older =
    agreedWith === undefined
      ? undefined
      : await getRecord(store, lineage.keys.retention.plan(agreedWith), RetentionPlan);
  const wrong: string[] = [];
  for await (const head of store.list(lineage.keys.prefix)) {
    const goes = !judgeObject(plan, lineage, head).stays;
    const bothLetGo = goes && older !== undefined && !judgeObject(older, lineage, head).stays;
    const isDue = due.has(head.key);
    const name = /[0-9A-F]{24}(?=\.zst$)/.exec(head.key)?.[0];
    if (isDue && !goes) wrong.push(`${head.key} is due and stays`);
    if (bothLetGo && !isDue) wrong.push(`${head.key} goes and is not due`);
    if (isDue && name !== undefined && !isBelowFloor(floors, name)) {
      wrong.push(`${head.key} is due and may be stored again`);
    }
  }
  return wrong;
}

test('whatever happens, nothing is due but what the newest plan and an older one let go', async () => {
  await fc.assert(
    fc.asyncProperty(life, async (steps) => {
      const stage = await retentionStage(new TaggingStore());
      const { store, lineage, clock, backups } = stage;
      const wrong: string[] = [];
      for (const step of steps) {
        if (step.kind === 'days') await stage.days(step.count);
        if (step.kind === 'hold') {
          const request = { kind: 'operator', reason: 'r', by: 'b' } as const;
          const backupId = backups[step.which]?.id ?? '';
          await holdBackup(store, lineage, { ...request, backupId }, clock.now());
        }
        if (step.kind === 'apply') {
          // A run of the same second would wait for the next.
          await clock.advance(1_000);
          wrong.push(...(await findWrong(stage, await stage.apply(step.policy))));
        }
      }
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 120_000);
