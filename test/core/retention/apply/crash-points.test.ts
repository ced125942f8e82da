import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { ExpiryTag } from '../../../../lib/core/contract/key-layout.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import { applyRetention } from '../../../../lib/core/retention/apply/apply-retention.ts';
import { undoRetention } from '../../../../lib/core/retention/apply/undo-retention.ts';
import type { BackupRecord } from '../../../../lib/core/store/records.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { backupKeys, MADE, type RetentionStage, retentionStage } from './retention-stage.ts';

/** Nothing is hidden until the test is over: what is due may be gone at any moment. */
class TaggingStore extends MemoryObjectStore {
  override async expireTagged(): Promise<void> {
    // The bucket's own rules do it.
  }
}

const EFFECTS: ReadonlySet<string | symbol> = new Set(['putIfAbsent', 'replace', 'tag']);

/** A store that dies: of its effects the first `survived` are made, and no call after them. */
function dying(
  store: ObjectStore,
  survived: number,
): { store: ObjectStore; readonly isDead: () => boolean } {
  let effects = 0;
  let isDead = false;
  const dead = (): OpsError => new OpsError('STORE-UNAVAILABLE', 'gone');
  const proxy = new Proxy(store, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function' || property === 'list' || property === 'folders') {
        return typeof member === 'function' ? member.bind(target) : member;
      }
      return async (...args: readonly unknown[]): Promise<unknown> => {
        if (EFFECTS.has(property)) {
          isDead ||= effects >= survived;
          effects += 1;
        }
        if (isDead) throw dead();
        return Reflect.apply(member, target, args);
      };
    },
  });
  return { store: proxy, isDead: () => isDead };
}

/** What a person finds in the store: a listed backup whose objects may all be gone at any moment is broken. */
async function brokenBackups({
  store,
  lineage,
  backups,
}: RetentionStage): Promise<readonly string[]> {
  const isDue = async (key: string): Promise<boolean> =>
    (await store.tags(key))[ExpiryTag.KEY] === ExpiryTag.DUE;
  const needs = (backup: BackupRecord, index: number): readonly string[] => [
    ...backupKeys(lineage, backup),
    lineage.keys.wal(segment(MADE[index]?.start ?? 0)),
  ];
  const broken: string[] = [];
  for (const [index, backup] of backups.entries()) {
    if (await isDue(lineage.keys.backup(backup.id).record)) continue;
    for (const key of needs(backup, index)) if (await isDue(key)) broken.push(key);
  }
  return broken;
}

async function agreedStage(): Promise<RetentionStage> {
  const stage = await retentionStage(new TaggingStore());
  await stage.apply();
  await stage.days(7);
  return stage;
}

describe('a run of retention that dies after any of its effects', () => {
  test('leaves no backup without its objects, and the next one ends where it would have', async () => {
    const whole = await agreedStage();
    await whole.apply();
    const expected = (await whole.tagged('due')).map((key) => key.replace(/base\/[^/]+/, 'base'));
    let points = 0;
    for (let survived = 0; ; survived += 1) {
      const stage = await agreedStage();
      const { store, isDead } = dying(stage.store, survived);
      await applyRetention(stage.deps({}, store)).catch(() => undefined);
      if (!isDead()) break;
      points += 1;
      expect(await brokenBackups(stage)).toEqual([]);
      // The lease of the dead one runs out.
      await stage.clock.advance(61_000);
      await stage.apply();
      const due = await stage.tagged('due');
      expect(due.map((key) => key.replace(/base\/[^/]+/, 'base'))).toEqual(expected);
    }
    expect(points).toBeGreaterThan(expected.length);
  }, 120_000);
});

describe('an undo that dies after any of its effects', () => {
  test('leaves no backup without its objects, and the next one ends where it would have', async () => {
    let points = 0;
    for (let survived = 0; ; survived += 1) {
      const stage = await agreedStage();
      await stage.apply();
      const due = await stage.tagged('due');
      const { store, isDead } = dying(stage.store, survived);
      const { plan, ...deps } = stage.deps({}, store);
      await undoRetention(deps, { by: 'b', reason: 'r' }).catch(() => undefined);
      if (!isDead()) break;
      points += 1;
      expect(await brokenBackups(stage)).toEqual([]);
      await stage.clock.advance(61_000);
      const { plan: _, ...again } = stage.deps();
      await undoRetention(again, { by: 'b', reason: 'r' });
      expect(await stage.tagged('due')).toEqual([]);
      expect(await stage.tagged('kept')).toEqual(due);
    }
    expect(points).toBeGreaterThan(15);
  }, 120_000);
});
