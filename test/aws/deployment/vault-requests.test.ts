import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { restorableBackups } from '../../../lib/core/catalog/restorable-backups.ts';
import { BACKUP_LEASE } from '../../../lib/core/contract/key-layout.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { findRecord, putOnce } from '../../../lib/core/runs/put-once.ts';
import { ClaimRecord } from '../../../lib/core/runs/run-records.ts';
import { currentLineage } from '../../../lib/core/store/current-lineage.ts';
import { leaseHolder, withLease } from '../../../lib/core/store/lease.ts';
import { openLineage, proveLineageStore } from '../../../lib/core/store/lineage.ts';
import { claimWriter } from '../../../lib/core/store/writer-epoch.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../../support/moto-server.ts';
import {
  claimTestLineage,
  historyOf,
  LINEAGE_IDENTITY,
  putHistory,
  putSegment,
  segment,
} from '../../support/wal-fixture.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { type EnforcedArchive, startEnforcedArchive } from './enforced-archive.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import {
  BACKUP_TASK,
  HOST,
  JUDGE,
  OBJECTS,
  PROBE,
  RIGHTS,
  STARTER,
  synthesizedVault,
} from './vault-fixture.ts';
import { roleCalled, type Vault } from './vault.ts';

const SERVER = { instance: 'i-1', volume: 'vol-1', dataDirInode: '7' };
const MIB = 1024 * 1024;
const PLAIN = { plainSha256: '0'.repeat(64), epoch: 1 };

describe.skipIf(!hasMotoServer())(
  `what the engine asks of S3 is what the policies allow (needs ${GET_MOTO})`,
  () => {
    const over = new AsyncDisposableStack();
    let vault: Vault;
    let endpoint: string;
    beforeAll(async () => {
      vault = await synthesizedVault();
      ({ endpoint } = over.use(await startMotoServer()));
    }, SHARED_WORK_MS);
    afterAll(async () => over.disposeAsync());

    /** An archive of this test's own. */
    async function anArchive(): Promise<EnforcedArchive> {
      const archive = await startEnforcedArchive(vault, endpoint);
      onTestFinished(async () => archive[Symbol.asyncDispose]());
      return archive;
    }
    const as = (archive: EnforcedArchive, name: string): ObjectStore =>
      archive.as(roleCalled(vault, name));

    /** One that the host has begun. */
    async function aLineage(): Promise<EnforcedArchive> {
      const archive = await anArchive();
      const store = as(archive, HOST);
      const lineage = await claimTestLineage(store);
      await putSegment(store, lineage, segment(2));
      return archive;
    }

    test.each(Object.keys(RIGHTS))('%s finds out that a cluster was not begun', async (name) => {
      const store = as(await anArchive(), name);
      await expect(currentLineage(store, 'orders')).rejects.toMatchObject({
        code: 'CATALOG-CLUSTER',
      });
    });

    test('the host begins an archive and ships WAL', async () => {
      const archive = await anArchive();
      const store = as(archive, HOST);
      const lineage = await claimTestLineage(store);
      const claim = await claimWriter(
        { store, lineage, clock: fakeClock(), log: recordingLog() },
        { ...SERVER, timeline: 1 },
      );
      await putSegment(store, lineage, segment(2), { isIndexed: true });
      await putSegment(store, lineage, segment(2), { isIndexed: true });
      await putHistory(store, lineage, historyOf(2, [[1, 3]]));
      await store.putIfAbsent(
        `${lineage.keys.prefix}tail/00000001/x/1-0-8.zst`,
        Buffer.from('x'),
        PLAIN,
      );
      await store.putIfAbsent(lineage.keys.gap('g1'), Buffer.from('{}'), PLAIN);
      const { writer } = await currentLineage(store, 'orders');
      expect(writer?.epoch).toBe(claim.epoch);
      expect(archive.refused).toStrictEqual([]);
    });

    test('the host touches nothing of others', async () => {
      const archive = await aLineage();
      const store = as(archive, HOST);
      const body = Buffer.from('x');
      const denied = { code: 'STORE-DENIED' };
      for (const key of [OBJECTS.base, OBJECTS.run, 'billing/1-18/wal/1.zst']) {
        await expect(store.putIfAbsent(key, body, PLAIN)).rejects.toMatchObject(denied);
      }
      await expect(
        store.replace(OBJECTS.lease, body, { ifMatch: undefined }),
      ).rejects.toMatchObject(denied);
      await expect(store.tag(OBJECTS.wal, { 'holdfast-expiry': 'due' })).rejects.toMatchObject(
        denied,
      );
      await expect(Array.fromAsync(store.list('billing/'))).rejects.toMatchObject(denied);
      await expect(store.head('billing/1-18/identity.json')).rejects.toMatchObject(denied);
      expect(archive.refused).toHaveLength(7);
    });

    test('a base backup proves the store, takes its lease again and again, and stores its parts', async () => {
      const archive = await aLineage();
      const store = as(archive, BACKUP_TASK);
      const { lineage } = await currentLineage(store, 'orders');
      await proveLineageStore(store, lineage);
      const holder = { name: 'a task', ttlMs: 60_000, clock: fakeClock() };
      const take = async <T>(work: () => Promise<T>): Promise<T> =>
        withLease(store, lineage.keys.lease(BACKUP_LEASE), holder, work);
      await take(async () => putBackup(store, lineage, { start: 2, finishedAt: new Date() }));
      await take(async () => {
        const key = lineage.keys.backup('20261122T010203Z-1-2').part(1);
        const chunks = async function* () {
          for (let count = 0; count < 18; count += 1) yield Buffer.alloc(MIB, count);
        };
        expect(await store.putStream(key, chunks())).toBe(18 * MIB);
      });
      expect(archive.refused).toStrictEqual([]);
    });

    test('a base backup that fails takes its unfinished parts away', async () => {
      const archive = await aLineage();
      const store = as(archive, BACKUP_TASK);
      const broken = async function* () {
        for (let count = 0; count < 18; count += 1) yield Buffer.alloc(MIB, count);
        throw new RangeError('the server is gone');
      };
      await expect(store.putStream(OBJECTS.base, broken())).rejects.toThrow(RangeError);
      expect(archive.refused).toStrictEqual([]);
    });

    test.each([STARTER, JUDGE])('%s records what it has done, once', async (name) => {
      const archive = await aLineage();
      const store = as(archive, name);
      const { lineage } = await currentLineage(store, 'orders');
      const { claim } = lineage.keys.run('base-backup', '20261122T010203Z');
      const record = { by: 'a-request', at: new Date('2026-11-22T01:02:03.000Z') };
      expect(await findRecord(store, claim, ClaimRecord)).toBeUndefined();
      expect(await putOnce(store, claim, ClaimRecord, record)).toMatchObject({ isNew: true });
      const second = { ...record, by: 'another' };
      expect(await putOnce(store, claim, ClaimRecord, second)).toMatchObject({
        isNew: false,
        record,
      });
      expect(archive.refused).toStrictEqual([]);
    });

    test('the starter sees whether a backup runs', async () => {
      const archive = await aLineage();
      const store = as(archive, STARTER);
      const { lineage } = await currentLineage(store, 'orders');
      const key = lineage.keys.lease(BACKUP_LEASE);
      const clock = fakeClock();
      expect(await leaseHolder(store, key, clock.now())).toBeUndefined();
      const holder = { name: 'a task', ttlMs: 60_000, clock };
      await withLease(as(archive, BACKUP_TASK), key, holder, async () => {
        expect(await leaseHolder(as(archive, STARTER), key, clock.now())).toBe('a task');
        // Its holder goes on.
        as(archive, BACKUP_TASK);
      });
      expect(archive.refused).toStrictEqual([]);
    });

    test.each([JUDGE, PROBE])(
      '%s sees a backup of the timeline before, and could not write one',
      async (name) => {
        const archive = await aLineage();
        const ships = as(archive, HOST);
        await putHistory(ships, await openLineage(ships, LINEAGE_IDENTITY), historyOf(2, [[1, 3]]));
        const writes = as(archive, BACKUP_TASK);
        const own = await openLineage(writes, LINEAGE_IDENTITY);
        const { id } = await putBackup(writes, own, { start: 2, finishedAt: new Date() });
        const store = as(archive, name);
        const { lineage } = await currentLineage(store, 'orders');
        const seen = await Array.fromAsync(restorableBackups(store, lineage, 2));
        expect(seen.map((backup) => backup.id)).toStrictEqual([id]);
        expect(archive.refused).toStrictEqual([]);
        const put = store.putIfAbsent(OBJECTS['backup record'], Buffer.from('x'), PLAIN);
        await expect(put).rejects.toMatchObject({ code: 'STORE-DENIED' });
      },
    );
  },
);
