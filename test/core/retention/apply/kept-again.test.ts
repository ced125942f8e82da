import { describe, expect, test } from 'vitest';
import { readExpiries } from '../../../../lib/core/audit/archive-audit/expiries.ts';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { findGaps } from '../../../../lib/core/catalog/archive-gap.ts';
import { listArchive } from '../../../../lib/core/catalog/archive-listing.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import { applyRetention } from '../../../../lib/core/retention/apply/apply-retention.ts';
import { undoRetention } from '../../../../lib/core/retention/apply/undo-retention.ts';
import { planAfresh } from '../../../../lib/core/retention/plan-afresh.ts';
import { readGoneWal } from '../../../../lib/core/retention/read-gone-wal.ts';
import { readLetGo } from '../../../../lib/core/retention/read-let-go.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { retentionStage, type RetentionStage, SHORT } from './retention-stage.ts';

/** Acts on tags some day, like the rules of a bucket. */
class LaterStore extends MemoryObjectStore {
  override async expireTagged(): Promise<void> {
    return undefined;
  }
}

const LONG = { windowDays: 3000 };

/** A stage whose archive was let go by two plans and is all there still. */
async function letGoStage(): Promise<RetentionStage> {
  const stage = await retentionStage(new LaterStore());
  await stage.apply();
  await stage.days(SHORT.agreementDays);
  await stage.apply();
  return stage;
}

/** `store` as it is once somebody removed an object. */
function lacking(store: ObjectStore, lost: string): ObjectStore {
  return new Proxy(store, {
    get: (whole, name) => {
      const own: unknown = Reflect.get(whole, name);
      if (typeof own !== 'function') return own;
      return name === 'list' ? list : own.bind(whole);
    },
  });

  async function* list(...call: Parameters<ObjectStore['list']>): ReturnType<ObjectStore['list']> {
    for await (const head of store.list(...call)) if (head.key !== lost) yield head;
  }
}

async function regret(stage: RetentionStage): Promise<void> {
  await stage.days(1);
  await stage.apply(LONG);
}

async function undo(stage: RetentionStage): Promise<void> {
  const { plan: _, ...deps } = stage.deps();
  await undoRetention(deps, { by: 'ops', reason: 'a mistake' });
}

describe('what was let go and is kept again', () => {
  test.each([
    ['undone', undo],
    ['kept by a longer policy', regret],
  ])('explains no loss once it was %s', async (_, again) => {
    const stage = await letGoStage();
    const { store, lineage } = stage;
    const id = stage.backups[0]?.id ?? '';
    expect((await readLetGo(store, lineage)).backups).toContain(id);
    await again(stage);
    await stage.days(60);
    const now = stage.clock.now();
    expect(await readLetGo(store, lineage)).toEqual({ backups: new Set(), wal: [] });
    const part = lineage.keys.backup(id).part(1);
    const { explains } = await readExpiries(store, lineage, now);
    expect([part, lineage.keys.wal(segment(2))].some(explains)).toBe(false);
    const policy = { ...SHORT, ...LONG };
    await expect(
      planAfresh({ store: lacking(store, part), lineage, policy, now }),
    ).rejects.toMatchObject({ code: 'RETENTION-CATALOGUE', details: { backup: id } });
  });

  test('leaves a hole a hole, and is noted once', async () => {
    const stage = await letGoStage();
    const { store, lineage, backups, clock } = stage;
    const lost = lineage.keys.wal(segment(4));
    await undo(stage);
    await regret(stage);
    expect(await readGoneWal(store, lineage)).toEqual([]);
    const applied = async (): Promise<number> =>
      (await Array.fromAsync(store.list(lineage.keys.retention.appliedPrefix))).length;
    const before = await applied();
    await regret(stage);
    expect(await applied()).toBe(before);
    const places = backups.map((one) => ({
      ...one,
      segmentBytes: lineage.identity.segmentBytes,
    }));
    const archive = await listArchive(lacking(store, lost), lineage);
    expect(findGaps(archive, places, 1, clock.now())).toMatchObject([
      { afterSegment: segment(3), beforeSegment: segment(5) },
    ]);
  });

  test('does not make a hole out of what is gone for good', async () => {
    const stage = await retentionStage(new MemoryObjectStore());
    await stage.apply();
    await stage.days(SHORT.agreementDays);
    await stage.apply();
    const gone = await readGoneWal(stage.store, stage.lineage);
    expect(gone).toEqual([{ first: segment(1), last: segment(7) }]);
    await undo(stage);
    await regret(stage);
    expect(await readGoneWal(stage.store, stage.lineage)).toEqual(gone);
  });

  test('a hole from before retention is none of what it let go', async () => {
    const store = new LaterStore();
    const stage = await retentionStage(store);
    const lost = lacking(store, stage.lineage.keys.wal(segment(4)));
    await applyRetention(stage.deps({}, lost));
    await stage.days(SHORT.agreementDays);
    await applyRetention(stage.deps({}, lost));
    expect(await readGoneWal(store, stage.lineage)).toEqual([
      { first: segment(1), last: segment(3) },
      { first: segment(5), last: segment(7) },
    ]);
  });
});
