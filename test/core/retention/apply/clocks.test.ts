import { beforeEach, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { UndoneRecord } from '../../../../lib/core/retention/applied-record.ts';
import { applyRetention } from '../../../../lib/core/retention/apply/apply-retention.ts';
import { undoRetention } from '../../../../lib/core/retention/apply/undo-retention.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { planAfresh } from '../../../../lib/core/retention/plan-afresh.ts';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import { DAY_MS, type RetentionStage, retentionStage, SHORT } from './retention-stage.ts';

const YEAR_MS = 365 * DAY_MS;
const WHY = { by: 'somebody', reason: 'a mistake' };

let stage: RetentionStage;
let store: MemoryObjectStore;

beforeEach(async () => {
  store = new MemoryObjectStore();
  stage = await retentionStage(store);
});

/** A machine whose clock is off. */
function off(ms: number): Clock {
  return { ...stage.clock, now: () => new Date(stage.clock.now().getTime() + ms) };
}

async function applyOff(ms: number): Promise<unknown> {
  const clock = off(ms);
  const deps = { ...stage.deps(), clock };
  const plan: typeof deps.plan = async (options) =>
    planAfresh({ ...deps, policy: SHORT, now: clock.now() }, options);
  return applyRetention({ ...deps, plan });
}

async function hidden(): Promise<readonly unknown[]> {
  return Array.fromAsync(store.hidden(stage.lineage.keys.prefix));
}

test.each([
  ['a week ahead', 7 * DAY_MS],
  ['six minutes ahead', 360_000],
  ['six minutes behind', -360_000],
])('a machine whose clock is %s of the store lets nothing go', async (_, ms) => {
  await stage.apply();
  await stage.days(8);
  await expect(applyOff(ms)).rejects.toMatchObject({ code: 'RETENTION-PLAN' });
  expect(await stage.tagged('due')).toEqual([]);
  expect(await hidden()).toEqual([]);
  // Nor is anybody else held up.
  await stage.clock.advance(1_000);
  expect((await stage.apply()).tagged.objects).toBeGreaterThan(0);
});

test('a machine whose clock is a minute off does its work', async () => {
  await stage.apply();
  await stage.days(8);
  await applyOff(60_000);
  expect(await hidden()).not.toEqual([]);
});

test('a plan by a clock that was a week behind is not old for that', async () => {
  await expect(applyOff(-7 * DAY_MS)).rejects.toMatchObject({ code: 'RETENTION-PLAN' });
  await stage.days(1);
  expect((await stage.apply()).agreedWith).toBeUndefined();
  expect(await hidden()).toEqual([]);
});

test('an undo goes by the time that it is told, however wrong the clock', async () => {
  await stage.apply();
  const { plan, ...deps } = stage.deps();
  const clock = off(YEAR_MS);
  await undoRetention({ ...deps, clock }, { ...WHY, now: stage.clock.now() });
  await stage.days(1);
  const { from } = await stage.apply();
  expect(from).toEqual(new Date(stage.clock.now().getTime() + 7 * DAY_MS));
  await stage.days(8);
  expect((await stage.apply()).tagged.objects).toBeGreaterThan(0);
});

test('what is undone up to a moment to come lets go when it was said, not later each day', async () => {
  const { lineage, clock } = stage;
  const at = new Date(clock.now().getTime() + 20 * DAY_MS);
  const key = lineage.keys.retention.undone('x');
  await putRecord(stage.store, key, UndoneRecord, { at, ...WHY }, { epoch: 0 });
  const promised = new Date(at.getTime() + 7 * DAY_MS);
  for (let day = 0; day < 3; day += 1) {
    expect((await stage.apply()).from).toEqual(promised);
    await stage.days(6);
  }
  await stage.days(3);
  expect((await stage.apply()).agreedWith).toBeUndefined();
  await stage.days(7);
  expect((await stage.apply()).tagged.objects).toBeGreaterThan(0);
});
