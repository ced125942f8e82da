import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import {
  planUndo,
  undoRetention,
  type UndoneRetention,
} from '../../../../lib/core/retention/apply/undo-retention.ts';
import { holdBackup } from '../../../../lib/core/retention/hold.ts';
import { sha256 } from '../../../../lib/core/store/sha256.ts';
import {
  backupKeys,
  DAY_MS,
  type RetentionStage,
  retentionStage,
  walKeys,
} from './retention-stage.ts';

const WHY = { by: 'somebody', reason: 'the window was meant to be longer' };

let stage: RetentionStage;

beforeEach(async () => {
  stage = await retentionStage(new UnhurriedStore());
});

/** As in a bucket, nothing is hidden at once. */
class UnhurriedStore extends MemoryObjectStore {
  override async expireTagged(): Promise<void> {
    // The bucket's own rules do it, some day.
  }
}

async function undo(store: ObjectStore = stage.store): Promise<UndoneRetention> {
  const { plan, ...deps } = stage.deps({}, store);
  return undoRetention(deps, WHY);
}

async function applyTwice(): Promise<number> {
  await stage.apply();
  await stage.days(7);
  return (await stage.apply()).tagged.objects;
}

/** May not do this to objects of the archive. */
function withoutRight(code: 'STORE-DENIED'): ObjectStore {
  const { store } = stage;
  return new Proxy(store, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (property === 'tag') {
        return async () => {
          throw new OpsError(code, 'not for you');
        };
      }
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

describe('undoRetention', () => {
  test('keeps all that was tagged, and no plan up to then counts', async () => {
    const tagged = await applyTwice();
    const due = await stage.tagged('due');
    expect(due).toHaveLength(tagged);
    const undone = await undo();
    expect(undone).toMatchObject({ left: undefined, takenBack: { objects: tagged } });
    expect(undone.plans).toHaveLength(2);
    expect(await stage.tagged('due')).toEqual([]);
    expect(await stage.tagged('kept')).toEqual(due);
    await stage.days(1);
    const next = await stage.apply();
    expect(next).toMatchObject({ agreedWith: undefined, takenBack: { objects: 0 } });
    expect((next.from.getTime() - stage.clock.now().getTime()) / DAY_MS).toBeCloseTo(7, 4);
    await stage.days(7);
    expect((await stage.apply()).tagged.objects).toBe(tagged);
    expect(await stage.tagged('due')).toEqual(due);
  });

  test('leaves the tags to the next run where the caller may not tag', async () => {
    const tagged = await applyTwice();
    expect(await undo(withoutRight('STORE-DENIED'))).toMatchObject({ left: 'denied' });
    expect(await stage.tagged('due')).toHaveLength(tagged);
    await stage.days(1);
    expect((await stage.apply()).takenBack.objects).toBe(tagged);
    expect(await stage.tagged('due')).toEqual([]);
    expect(stage.log.events).toContain('retention.taken_back');
  });

  test('goes on with what an earlier undo left, without another record', async () => {
    const tagged = await applyTwice();
    await undo(withoutRight('STORE-DENIED'));
    expect(await undo()).toMatchObject({ plans: [], takenBack: { objects: tagged } });
    const { undonePrefix } = stage.lineage.keys.retention;
    expect(await Array.fromAsync(stage.store.list(undonePrefix))).toHaveLength(1);
  });

  test('stops a run that is at work', async () => {
    await stage.apply();
    await stage.days(7);
    let undone: UndoneRetention | undefined;
    const { backups, lineage, store } = stage;
    const record = lineage.keys.backup(backups[1]?.id ?? '').record;
    const tag = store.tag.bind(store);
    store.tag = async (key, tags, options) => {
      await tag(key, tags, options);
      if (key === record) undone ??= await undo();
    };
    const applied = await stage.apply();
    expect(undone).toMatchObject({ left: 'busy' });
    expect(applied.isComplete).toBe(false);
    // The backup whose turn it was, and nothing after it.
    expect(await stage.tagged('due')).toHaveLength(4);
    await stage.days(1);
    await stage.apply();
    expect(await stage.tagged('due')).toEqual([]);
  });

  test('counts for plans of a machine whose clock is ahead, and when its record is damaged', async () => {
    await applyTwice();
    const { store, lineage } = stage;
    const body = Buffer.from('{');
    const key = lineage.keys.retention.undone('damaged');
    await store.putIfAbsent(key, body, { plainSha256: sha256(body), epoch: 0 });
    // It came at the real time, long before the plans of the stage.
    expect((await planUndo(stage)).plans).toHaveLength(2);
    await stage.days(-1);
    // By this clock the run was over only a day from now; its lease is given back all the same.
    expect((await undo()).left).toBeUndefined();
    await stage.days(2);
    expect((await stage.apply()).agreedWith).toBeUndefined();
    expect(await stage.tagged('due')).toEqual([]);
  });

  test('has nothing to do before the first plan, and after it was done', async () => {
    await expect(undo()).rejects.toMatchObject({ code: 'RETENTION-PLAN' });
    await stage.apply();
    expect((await undo()).plans).toHaveLength(1);
    await expect(undo()).rejects.toMatchObject({ code: 'RETENTION-PLAN' });
  });
});

describe('a run of retention after what was let go is wanted again', () => {
  test.each([
    ['the policy was made longer', async () => ({ windowDays: 90 })],
    [
      'somebody holds the backup',
      async () => {
        const { store, lineage, clock, backups } = stage;
        const request = { kind: 'operator', reason: 'r', by: 'b' } as const;
        const backupId = backups[0]?.id ?? '';
        await holdBackup(store, lineage, { ...request, backupId }, clock.now());
        return {};
      },
    ],
  ])('keeps it as long as it is still there: %s', async (_, change) => {
    await applyTwice();
    await stage.days(1);
    const { takenBack } = await stage.apply(await change());
    const [oldest] = stage.backups;
    const wanted = oldest === undefined ? [] : backupKeys(stage.lineage, oldest);
    const kept = await stage.tagged('kept');
    expect(kept).toEqual(expect.arrayContaining([...wanted, ...walKeys(stage.lineage, 2, 2)]));
    expect(kept).toHaveLength(takenBack.objects);
    expect(await stage.tagged('due')).not.toEqual([]);
  });
});
