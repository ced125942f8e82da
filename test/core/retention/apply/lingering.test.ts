import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { holdBackup, releaseHold } from '../../../../lib/core/retention/hold.ts';
import { type RetentionStage, retentionStage } from './retention-stage.ts';

/** A bucket whose rule is gone. */
class LaxStore extends MemoryObjectStore {
  override async expireTagged(): Promise<void> {
    // Nothing acts on the tags.
  }
}

const NONE = { objects: 0, since: undefined };

let stage: RetentionStage;

async function letGo(store: MemoryObjectStore): Promise<Date> {
  stage = await retentionStage(store);
  await stage.apply();
  await stage.days(7);
  return (await stage.apply()).plan.at;
}

describe('what was let go and is still there', () => {
  test('is counted once it had days to go, and said in a warning', async () => {
    const since = await letGo(new LaxStore());
    await stage.days(3);
    expect((await stage.apply()).lingering).toEqual(NONE);
    expect(stage.log.events).not.toContain('retention.lingering');
    await stage.days(1);
    const due = await stage.tagged('due');
    const { lingering, tagged } = await stage.apply();
    expect({ lingering, tagged: tagged.objects }).toEqual({
      lingering: { objects: due.length, since },
      tagged: 0,
    });
    expect(stage.log.lines).toContainEqual({
      level: 'warn',
      event: 'retention.lingering',
      fields: { cluster: 'orders', objects: due.length, since: since.toISOString() },
    });
  });

  test('is nothing where the tags are acted upon', async () => {
    await letGo(new MemoryObjectStore());
    await stage.days(5);
    expect((await stage.apply()).lingering).toEqual(NONE);
  });

  test('counts anew from when it was let go again after a hold', async () => {
    const since = await letGo(new LaxStore());
    const { store, lineage, clock, backups } = stage;
    const backupId = backups[0]?.id ?? '';
    const request = { backupId, kind: 'operator', reason: 'r', by: 'b' } as const;
    const { id } = await holdBackup(store, lineage, request, clock.now());
    await stage.days(4);
    const all = (await stage.tagged('due')).length;
    const { lingering } = await stage.apply();
    expect(lingering.since).toEqual(since);
    expect(lingering.objects).toBeLessThan(all);
    await releaseHold(store, lineage, { id, reason: 'r', by: 'b', isLegal: false }, clock.now());
    await stage.days(1);
    await stage.apply();
    await stage.days(1);
    expect((await stage.apply()).lingering.objects).toBe(lingering.objects);
  });
});
