import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { parseRetentionPolicy } from '../../../lib/core/config/parse-retention-policy.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { AppliedRecord } from '../../../lib/core/retention/applied-record.ts';
import { HoldRecord, HoldRelease } from '../../../lib/core/retention/hold-record.ts';
import { planRetention } from '../../../lib/core/retention/plan/plan-retention.ts';
import type { RetentionFacts } from '../../../lib/core/retention/plan/retention-facts.ts';
import { readRetentionFacts } from '../../../lib/core/retention/read-retention-facts.ts';
import { withLease } from '../../../lib/core/store/lease.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { gapRecord, putGap } from '../../support/gap-fixture.ts';
import { simulateStore } from '../../support/simulated-store.ts';
import {
  claimTestLineage,
  historyOf,
  putHistory,
  putSegment,
  segment,
} from '../../support/wal-fixture.ts';

const FINISHED = new Date('2026-11-22T03:00:00.000Z');
/** Long after all of it was stored. */
const LATER = new Date('2100-01-01T00:00:00.000Z');
const policy = parseRetentionPolicy({});

describe('the facts of a plan', () => {
  let store: ObjectStore;
  let lineage: Lineage;
  beforeEach(async () => {
    store = new MemoryObjectStore();
    lineage = await claimTestLineage(store);
  });

  async function facts(now = LATER): Promise<RetentionFacts> {
    return readRetentionFacts({ store, lineage, policy, now });
  }

  test('are few of an empty lineage', async () => {
    expect(await facts()).toMatchObject({
      segmentBytes: 1024 * 1024,
      backups: [],
      broken: [],
      archive: { runs: [], stretches: [] },
      holds: { standing: [], damaged: [] },
      inUse: [],
      isBackupRunning: false,
      writerTimeline: 1,
    });
    expect(planRetention(await facts())).toMatchObject({ backups: [], wal: [] });
  });

  test('have archive and backups as they lie there, with bytes and times', async () => {
    for (const number of [2, 3, 4, 7]) {
      await putSegment(store, lineage, segment(number), { isIndexed: true });
    }
    await putHistory(store, lineage, historyOf(2, [[1, 5]]));
    const record = await putBackup(store, lineage, { start: 2, stop: 3, finishedAt: FINISHED });
    const { backups, archive } = await facts();
    const { bytes } = (await store.head(lineage.keys.backup(record.id).record)) ?? { bytes: 0 };
    expect(backups).toMatchObject([
      { summary: { id: record.id }, storedBytes: record.storedBytes + bytes },
    ]);
    expect(backups[0]?.summary).not.toHaveProperty('parts');
    expect(archive.runs).toEqual([
      { timeline: 1, first: 2n, last: 4n },
      { timeline: 1, first: 7n, last: 7n },
    ]);
    expect([...archive.histories.keys()]).toEqual([1, 2]);
    const heads = await Array.fromAsync(store.list(lineage.keys.prefix));
    const ofWal = heads.filter(({ key }) => /\/wal(-index)?\/.*[0-9A-F]{24}\./.test(key));
    const stored = ofWal.reduce((sum, one) => sum + one.bytes, 0);
    expect(archive.stretches).toMatchObject([
      { first: 2n, last: 4n, segments: 3, isRecent: false },
      { first: 7n, last: 7n, segments: 1, isRecent: false },
    ]);
    expect(archive.stretches.reduce((sum, one) => sum + one.storedBytes, 0)).toBe(stored);
  });

  test('count what goes with a segment under its number, even where the segment is gone', async () => {
    await putSegment(store, lineage, segment(2));
    const partial = Buffer.from('part of a segment');
    await putSealed(
      store,
      lineage.keys.walPartial(`${segment(3)}.partial`, sha256(partial)),
      partial,
      { epoch: 1 },
    );
    await putSealed(store, lineage.keys.walIndex(segment(1)), Buffer.from('{}'), { epoch: 1 });
    const { archive } = await facts();
    expect(archive.runs).toEqual([{ timeline: 1, first: 2n, last: 2n }]);
    expect(archive.stretches.map(({ first, last, segments }) => [first, last, segments])).toEqual([
      [1n, 3n, 1],
    ]);
  });

  test('leave out names under which another history lies, and strangers', async () => {
    for (const number of [2, 3, 4]) {
      await putSegment(store, lineage, segment(number), { isIndexed: true });
    }
    await putGap(store, lineage, gapRecord('poisoned', 3));
    await putSealed(store, `${lineage.keys.walPrefix}notes.txt`, Buffer.from('x'), { epoch: 1 });
    await putSealed(store, `${lineage.keys.walIndexPrefix}notes.json`, Buffer.from('x'), {
      epoch: 1,
    });
    const { archive } = await facts();
    expect(archive.stretches.map(({ first, last }) => [first, last])).toEqual([
      [2n, 2n],
      [4n, 4n],
    ]);
  });

  test('know a backup that runs by its lease, and what is restored or drilled by theirs', async () => {
    const clock = fakeClock();
    const holder = { name: 'host', ttlMs: 60_000, clock };
    const { keys } = lineage;
    await withLease(store, keys.lease('backup'), holder, async () =>
      withLease(store, keys.lease('restore-b1'), holder, async () => {
        expect(await facts(clock.now())).toMatchObject({ isBackupRunning: true, inUse: ['b1'] });
        expect(await facts(LATER)).toMatchObject({ isBackupRunning: false, inUse: [] });
      }),
    );
    expect(await facts(clock.now())).toMatchObject({ isBackupRunning: false, inUse: [] });
    await store.replace(keys.lease('drill-b2'), Buffer.from('{'), { ifMatch: undefined });
    expect((await facts()).inUse).toEqual(['b2']);
  });

  test('have holds until they are released; what is damaged holds or releases nothing by halves', async () => {
    const hold = (id: string): HoldRecord => ({
      id,
      backupId: 'b1',
      kind: 'operator',
      reason: 'r',
      by: 'me',
      at: FINISHED,
    });
    const { keys } = lineage;
    for (const id of ['h1', 'h2', 'h3']) {
      await putRecord(store, keys.hold(id), HoldRecord, hold(id), { epoch: 1 });
    }
    const release = { id: 'h2', by: 'me', reason: 'r', at: FINISHED };
    await putRecord(store, keys.holdRelease('h2'), HoldRelease, release, { epoch: 1 });
    await putSealed(store, keys.holdRelease('h3'), Buffer.from('{'), { epoch: 1 });
    await putSealed(store, keys.hold('h4'), Buffer.from('{'), { epoch: 1 });
    await putSealed(store, keys.hold('h5'), Buffer.from('{"format": 99}'), { epoch: 1 });
    const { holds } = await facts();
    expect(holds.standing.map(({ id }) => id)).toEqual(['h1', 'h3']);
    expect(holds.damaged).toEqual([keys.hold('h4'), keys.hold('h5')]);
  });

  test('explain a backup in pieces by the plan that let it go, and by nothing else', async () => {
    await putSegment(store, lineage, segment(2));
    const { id, parts } = await putBackup(store, lineage, { start: 2, finishedAt: FINISHED });
    const { prefix, record } = lineage.keys.backup(id);
    const bytes = Buffer.from((await Array.fromAsync((await store.get(record)).chunks))[0] ?? []);
    const other = new MemoryObjectStore();
    await claimTestLineage(other);
    await other.putIfAbsent(record, bytes, { epoch: 1, plainSha256: sha256(bytes) });
    store = other;
    await expect(facts().then(planRetention)).rejects.toMatchObject({
      code: 'RETENTION-CATALOGUE',
      details: { backup: id, object: `${prefix}${parts[0]?.name}` },
    });
    const applied = {
      planId: 'p',
      agreedWith: 'o',
      at: FINISHED,
      backups: [id],
      wal: [],
      floors: [],
    };
    await putRecord(other, lineage.keys.retention.applied('p'), AppliedRecord, applied, {
      epoch: 1,
    });
    expect((await facts()).letGo).toEqual(new Set([id]));
  });
});

test('the facts of a large lineage take little memory, and its plan has few ranges', async () => {
  const large = await simulateStore({ segments: 20_000, backups: 50, partsPerBackup: 3 });
  const facts = await readRetentionFacts({ ...large, policy, now: LATER });
  expect(facts.archive.stretches.length).toBeLessThan(20_000 / 200);
  const plan = planRetention(facts);
  expect(plan.wal.reduce((sum, { segments }) => sum + segments, 0)).toBe(20_000);
  expect(plan.wal.length).toBeLessThan(50);
});
