import { beforeEach, describe, expect, test } from 'vitest';
import { FolderObjectStore } from '../../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { AppliedRecord } from '../../../../lib/core/retention/applied-record.ts';
import { holdBackup } from '../../../../lib/core/retention/hold.ts';
import { readFloors } from '../../../../lib/core/retention/read-floors.ts';
import { RetentionPlan } from '../../../../lib/core/retention/retention-plan.ts';
import { getRecord, putRecord } from '../../../../lib/core/store/record.ts';
import { sha256 } from '../../../../lib/core/store/sha256.ts';
import { temporaryFolder } from '../../../support/folders.ts';
import { removeObject } from '../../../support/store-tampering.ts';
import { segment } from '../../../support/wal-fixture.ts';
import {
  backupKeys,
  DAY_MS,
  type RetentionStage,
  retentionStage,
  walKeys,
} from './retention-stage.ts';

let stage: RetentionStage;

beforeEach(async () => {
  stage = await retentionStage(new MemoryObjectStore());
});

/** What the policy of the stage lets go from the very first day. */
function leaving(): readonly string[] {
  const { lineage, backups } = stage;
  const old = backups.slice(0, 2).flatMap((backup) => backupKeys(lineage, backup));
  return [...old, ...walKeys(lineage, 1, 7)].toSorted();
}

async function still(): Promise<readonly string[]> {
  const { store, lineage } = stage;
  return Array.fromAsync(store.list(lineage.keys.prefix), ({ key }) => key);
}

describe('applyRetention', () => {
  test('tags nothing at first, and says when it can', async () => {
    const applied = await stage.apply();
    expect(applied).toMatchObject({ agreedWith: undefined, tagged: { objects: 0 } });
    const inDays = (applied.from.getTime() - stage.clock.now().getTime()) / DAY_MS;
    expect(inDays).toBeCloseTo(7, 4);
    expect(await stage.tagged('due')).toEqual([]);
    const { planPrefix, appliedPrefix } = stage.lineage.keys.retention;
    expect((await still()).filter((key) => key.startsWith(planPrefix))).toHaveLength(1);
    expect((await still()).filter((key) => key.startsWith(appliedPrefix))).toEqual([]);
  });

  test('tags nothing before two plans are a week apart, then what both let go, and hides it', async () => {
    const { plan: first } = await stage.apply();
    await stage.days(6);
    expect((await stage.apply()).tagged.objects).toBe(0);
    await stage.days(1);
    const hidden = leaving();
    const applied = await stage.apply();
    expect(applied).toMatchObject({ agreedWith: first.id, isComplete: true });
    expect(applied.tagged.objects).toBe(hidden.length);
    const there = await still();
    expect(hidden.filter((key) => there.includes(key))).toEqual([]);
    expect(there).toContain(stage.lineage.keys.wal(segment(8)));
  });

  test('writes down what it is about to tag, with the floors that are never lowered', async () => {
    const { store, lineage, backups } = stage;
    const { plan: first } = await stage.apply();
    await stage.days(7);
    const { plan } = await stage.apply();
    const key = lineage.keys.retention.applied(plan.id);
    expect(await getRecord(store, key, AppliedRecord)).toEqual({
      planId: plan.id,
      agreedWith: first.id,
      at: plan.at,
      backups: [backups[1]?.id, backups[0]?.id],
      wal: [{ first: segment(1), last: segment(7) }],
      gone: [{ first: segment(1), last: segment(7) }],
      undoneKnown: [],
      floors: [{ timeline: 1, before: segment(8) }],
    });
    expect([...(await readFloors(store, lineage))]).toEqual([[1, segment(8)]]);
  });

  test('applies once what it is asked for twice a day, or twice in a second', async () => {
    await stage.apply();
    await stage.days(7);
    const { tagged } = await stage.apply();
    const again = stage.apply();
    await stage.clock.advance(2_000);
    expect((await again).tagged.objects).toBe(0);
    expect(tagged.objects).toBeGreaterThan(0);
    const plans = (await still()).filter((key) => key.includes('/retention/plan/'));
    expect(plans).toHaveLength(3);
  });

  test('tags only what a policy that was made longer lets go as well', async () => {
    await stage.apply();
    await stage.days(7);
    const [oldest] = stage.backups;
    const longer = await stage.apply({ windowDays: 90 });
    expect(longer.agreement.backups).toEqual([]);
    expect(longer.agreement.wal).toEqual([{ first: segment(1), last: segment(1) }]);
    expect(await still()).toContain(stage.lineage.keys.backup(oldest?.id ?? '').record);
  });

  test('tags nothing more for a policy that was made shorter before a week is over', async () => {
    await stage.apply({ windowDays: 3_650 });
    await stage.days(7);
    expect((await stage.apply()).agreement.backups).toEqual([]);
    await stage.days(7);
    expect((await stage.apply()).agreement.backups).toHaveLength(2);
  });

  test('takes no word from plans of the archive that it is a copy of', async () => {
    const { store, lineage } = stage;
    const plan = { ...(await stage.deps().plan({})), store: 's3://archive' };
    const key = lineage.keys.retention.plan(plan.id);
    await putRecord(store, key, RetentionPlan, plan, { epoch: 0 });
    await stage.days(7);
    const { plan: own, agreedWith } = await stage.apply();
    expect({ store: own.store, agreedWith }).toEqual({ store: store.url, agreedWith: undefined });
    expect(await stage.tagged('due')).toEqual([]);
    await stage.days(7);
    expect(await stage.apply()).toMatchObject({ agreedWith: own.id });
  });

  test('leaves what somebody holds since, with the WAL that it needs', async () => {
    const { store, lineage, clock, backups } = stage;
    await stage.apply();
    await stage.days(7);
    const request = {
      backupId: backups[0]?.id ?? '',
      kind: 'operator',
      reason: 'r',
      by: 'b',
    } as const;
    await holdBackup(store, lineage, request, clock.now());
    const { agreement } = await stage.apply();
    expect(agreement.backups).toEqual([backups[1]?.id]);
    expect(agreement.wal).toEqual([
      { first: segment(1), last: segment(1) },
      { first: segment(3), last: segment(7) },
    ]);
  });

  test('leaves a backup whole whose record was brought back meanwhile', async () => {
    const { lineage, backups } = stage;
    await stage.apply();
    await stage.days(7);
    const { record } = lineage.keys.backup(backups[0]?.id ?? '');
    const deps = stage.deps();
    const list = deps.store.list.bind(deps.store);
    deps.store.list = async function* (prefix, options) {
      for await (const head of list(prefix, options)) {
        yield head.key === record ? { ...head, modifiedAt: stage.clock.now() } : head;
      }
    };
    await stage.apply();
    const [first] = backups;
    const own = first === undefined ? [] : backupKeys(lineage, first);
    expect((await still()).filter((key) => own.includes(key))).toHaveLength(own.length);
  });

  test.each([
    ['damaged', '{'],
    ['of a newer format', '{"format":2}'],
  ])('does not count a plan that is %s, and says so', async (_, text) => {
    const { store, lineage } = stage;
    const id = '20260101T000000Z';
    const body = Buffer.from(text);
    await store.putIfAbsent(lineage.keys.retention.plan(id), body, {
      plainSha256: sha256(body),
      epoch: 0,
    });
    const applied = await stage.apply();
    expect(applied).toMatchObject({ agreedWith: undefined, unreadable: [id] });
    expect(stage.log.events).toContain('retention.plan.unreadable');
  });

  test('stops when its time is over, and goes on where it stopped', async () => {
    await stage.apply();
    await stage.days(7);
    const expected = leaving();
    const early = await stage.apply({}, { until: stage.clock.now() });
    expect(early).toMatchObject({ isComplete: false, tagged: { objects: 0 } });
    await stage.clock.advance(2_000);
    expect((await stage.apply()).tagged.objects).toBe(expected.length);
  });

  test('refuses to apply before something that was applied already', async () => {
    await stage.apply();
    await stage.days(7);
    const { store, lineage } = stage;
    const id = '20991231T000000Z';
    const at = new Date('2099-12-31T00:00:00Z');
    await putRecord(
      store,
      lineage.keys.retention.applied(id),
      AppliedRecord,
      { planId: id, agreedWith: id, at, backups: [], wal: [], floors: [] },
      { epoch: 0 },
    );
    await expect(stage.apply()).rejects.toMatchObject({ code: 'RETENTION-PLAN' });
    expect(await stage.tagged('due')).toEqual([]);
  });

  test('tags nothing while the catalogue contradicts itself', async () => {
    stage = await retentionStage(new FolderObjectStore(await temporaryFolder()));
    await stage.apply();
    await stage.days(7);
    const { store, lineage, backups } = stage;
    await removeObject(store, lineage.keys.backup(backups[3]?.id ?? '').part(1));
    await expect(stage.apply()).rejects.toMatchObject({ code: 'RETENTION-CATALOGUE' });
    expect(await stage.tagged('due')).toEqual([]);
    expect((await still()).filter((key) => key.includes('/retention/'))).toHaveLength(1);
  });

  test('leaves the work to another run that is at it', async () => {
    await stage.apply();
    await stage.days(7);
    const running = stage.apply();
    await expect(stage.apply()).rejects.toMatchObject({ code: 'BACKUP-BUSY' });
    await running;
  });
});
