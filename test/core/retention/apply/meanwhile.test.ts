import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import {
  applyRetention,
  type AppliedRetention,
} from '../../../../lib/core/retention/apply/apply-retention.ts';
import { keepHeld } from '../../../../lib/core/retention/apply/keep-held.ts';
import { undoRetention } from '../../../../lib/core/retention/apply/undo-retention.ts';
import { UndoneRecord } from '../../../../lib/core/retention/applied-record.ts';
import { holdBackup } from '../../../../lib/core/retention/hold.ts';
import { putAtMoment } from '../../../../lib/core/retention/put-at-moment.ts';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { backupKeys, type RetentionStage, retentionStage, walKeys } from './retention-stage.ts';

const WHY = { by: 'somebody', reason: 'it is wanted' };

/** As in a bucket, nothing is hidden at once. */
class UnhurriedStore extends MemoryObjectStore {
  override async expireTagged(): Promise<void> {
    // The bucket's own rules do it, some day.
  }
}

let stage: RetentionStage;

beforeEach(async () => {
  stage = await retentionStage(new UnhurriedStore());
  await stage.apply();
  await stage.days(7);
});

/** A run during which somebody does something: once it has planned, but has not written the plan down. */
async function applyWhile(act: () => Promise<unknown>): Promise<AppliedRetention> {
  const deps = stage.deps();
  let acted: Promise<unknown> | undefined;
  const plan: typeof deps.plan = async (options) => {
    const planned = await deps.plan(options);
    await (acted ??= act());
    return planned;
  };
  return applyRetention({ ...deps, plan });
}

/** When something is written under a key that begins so: once, before it is. */
function before(method: 'tag' | 'putIfAbsent', prefix: string, act: () => Promise<unknown>): void {
  const { store } = stage;
  let acted: Promise<unknown> | undefined;
  if (method === 'tag') {
    const tag = store.tag.bind(store);
    store.tag = async (key, ...rest) => {
      if (key.startsWith(prefix)) await (acted ??= act());
      return tag(key, ...rest);
    };
    return;
  }
  const put = store.putIfAbsent.bind(store);
  store.putIfAbsent = async (key, ...rest) => {
    if (key.startsWith(prefix)) await (acted ??= act());
    return put(key, ...rest);
  };
}

/** By a clock that is a minute behind that of retention. */
async function undoLate(): Promise<unknown> {
  const { plan, ...deps } = stage.deps();
  const now = (): Date => new Date(stage.clock.now().getTime() - 60_000);
  const clock: Clock = { ...stage.clock, now };
  return undoRetention({ ...deps, clock, holder: 'laptop' }, WHY);
}

async function undoneCount(): Promise<number> {
  const { undonePrefix } = stage.lineage.keys.retention;
  return (await Array.fromAsync(stage.store.list(undonePrefix))).length;
}

describe('a hold that is placed while retention is at work', () => {
  const hold = async (): Promise<string> => {
    const { store, lineage, clock, backups } = stage;
    const backupId = backups[0]?.id ?? '';
    await holdBackup(store, lineage, { backupId, kind: 'legal', ...WHY }, clock.now());
    return keepHeld(store, lineage, backupId);
  };
  const held = (): readonly string[] => {
    const [first] = stage.backups;
    const own = first === undefined ? [] : backupKeys(stage.lineage, first);
    return [...own, ...walKeys(stage.lineage, 2, 2)];
  };

  test('stops it, when it comes after planning', async () => {
    const applied = await applyWhile(hold);
    expect(applied).toMatchObject({ isComplete: false, tagged: { objects: 0 } });
    await stage.days(1);
    expect((await stage.apply()).isComplete).toBe(true);
    const due = await stage.tagged('due');
    expect(due).not.toEqual([]);
    expect(due.filter((key) => held().includes(key))).toEqual([]);
  });

  test('gets back what is tagged just when it comes', async () => {
    const { lineage, backups } = stage;
    let saw: string | undefined;
    before('tag', lineage.keys.backup(backups[0]?.id ?? '').record, async () => {
      saw = await hold();
    });
    const applied = await stage.apply();
    // Whoever held it saw no tag.
    expect(saw).toBe('untouched');
    expect(applied.takenBack.objects).toBeGreaterThan(0);
    const due = await stage.tagged('due');
    expect(due.filter((key) => held().includes(key))).toEqual([]);
    expect(stage.log.events).toContain('retention.taken_back');
  });
});

describe('an undo by a slow clock while retention is at work', () => {
  test('lets nothing be tagged when it comes while planning, and is not forgotten', async () => {
    const { tagged } = await stage.apply();
    expect(tagged.objects).toBeGreaterThan(0);
    await stage.days(1);
    await applyWhile(undoLate);
    expect(await undoneCount()).toBe(1);
    await stage.days(1);
    expect((await stage.apply()).takenBack.objects).toBe(tagged.objects);
    expect(await stage.tagged('due')).toEqual([]);
  });

  test('is not forgotten when it comes just before it is written down what goes', async () => {
    const { lineage, store, clock } = stage;
    before('putIfAbsent', lineage.keys.retention.appliedPrefix, async () => {
      // As one that had listed the plans before today's was there.
      const at = new Date(clock.now().getTime() - 60_000);
      await putAtMoment(store, at, {
        schema: UndoneRecord,
        keyOf: (id) => lineage.keys.retention.undone(id),
        recordOf: () => ({ at, ...WHY }),
      });
    });
    await stage.apply();
    expect(await undoneCount()).toBe(1);
    await store.tag(lineage.keys.wal(segment(1)), { 'holdfast-expiry': 'due' });
    await stage.days(1);
    await stage.apply();
    expect(await stage.tagged('due')).toEqual([]);
  });
});
