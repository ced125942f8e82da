import {
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { lineageKeys } from '../../../lib/core/contract/key-layout.ts';
import { createS3Client } from '../../../lib/core/adapters/store/s3/s3-client.ts';
import { applyRetention } from '../../../lib/core/retention/apply/apply-retention.ts';
import { planAfresh } from '../../../lib/core/retention/plan-afresh.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { openLineage } from '../../../lib/core/store/lineage.ts';
import {
  backupKeys,
  DAY_MS,
  retentionStage,
  SHORT,
} from '../../core/retention/apply/retention-stage.ts';
import { GET_MOTO, hasMotoServer, startMotoServer } from '../../support/moto-server.ts';
import {
  claimTestLineage,
  historyOf,
  LINEAGE_IDENTITY,
  putHistory,
  putSegment,
  segment,
} from '../../support/wal-fixture.ts';
import { type EnforcedArchive, startEnforcedArchive } from './enforced-archive.ts';
import { SHARED_WORK_MS } from './once-per-run.ts';
import {
  BACKUP_TASK,
  HOST,
  JUDGE,
  LOCKER,
  OBJECTS,
  PROBE,
  STARTER,
  synthesizedVault,
  TAGGER,
} from './vault-fixture.ts';
import { administrator, roleCalled, type Vault } from './vault.ts';

describe.skipIf(!hasMotoServer())(
  `who lets go, who locks, and who may neither (needs ${GET_MOTO})`,
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

    test('who applies retention plans twice, lets go what both agree on, and takes it back', async () => {
      const archive = await anArchive();
      const stage = await retentionStage(archive.as(administrator(vault)));
      const tagger = as(archive, TAGGER);
      await applyRetention(stage.deps({}, tagger));
      await stage.days(8);
      const applied = await applyRetention(stage.deps({}, tagger));
      expect(applied.isComplete).toBe(true);
      expect(applied.tagged.objects).toBeGreaterThan(10);
      expect(archive.refused).toStrictEqual([]);
      const [key = ''] = stage.backups.slice(0, 1).flatMap((one) => backupKeys(stage.lineage, one));
      expect(await tagger.tags(key)).toStrictEqual({ 'holdfast-expiry': 'due' });
      await tagger.tag(key, { 'holdfast-expiry': 'kept' });
      expect(await tagger.tags(key)).toStrictEqual({ 'holdfast-expiry': 'kept' });
    });

    test('who applies retention sets no other tag or value, on nothing else, and deletes nothing', async () => {
      const archive = await aLineage();
      const { keys } = await openLineage(as(archive, HOST), LINEAGE_IDENTITY);
      await putHistory(
        as(archive, HOST),
        await openLineage(as(archive, HOST), LINEAGE_IDENTITY),
        historyOf(2, [[1, 3]]),
      );
      const store = as(archive, TAGGER);
      const denied = { code: 'STORE-DENIED' };
      const due = { 'holdfast-expiry': 'due' };
      const wal = keys.wal(segment(2));
      for (const [key, tags] of [
        [wal, { owner: 'me' }],
        [wal, { 'holdfast-expiry': 'now' }],
        [wal, { ...due, owner: 'me' }],
        [keys.identity, due],
        [keys.writer(1), due],
        [keys.wal('00000002.history'), due],
      ] as const) {
        await expect(store.tag(key, tags)).rejects.toMatchObject(denied);
      }
      const target = { Bucket: archive.bucket, Key: wal };
      for (const command of [
        new DeleteObjectCommand(target),
        new PutObjectCommand({ ...target, Body: 'x' }),
        new PutObjectCommand({ ...target, Body: 'x', IfNoneMatch: '*' }),
        new DeleteObjectTaggingCommand(target),
      ]) {
        await expect(archive.client.send(command)).rejects.toMatchObject({
          name: 'AccessDenied',
        });
      }
    });

    test.each([HOST, BACKUP_TASK, STARTER, JUDGE, PROBE, LOCKER])(
      '%s cannot let anything go',
      async (name) => {
        const archive = await aLineage();
        const store = as(archive, name);
        const wal = lineageKeys(LINEAGE_IDENTITY).wal(segment(2));
        await expect(store.tag(wal, { 'holdfast-expiry': 'due' })).rejects.toMatchObject({
          code: 'STORE-DENIED',
        });
      },
    );

    test('who locks plans, and lengthens locks, for as long as anything is kept', async () => {
      const archive = await anArchive();
      const { lineage, clock } = await retentionStage(archive.as(administrator(vault)));
      const store = as(archive, LOCKER);
      const policy = { ...SHORT, monthly: 12 };
      const plan = await planAfresh({ store, lineage, policy, now: clock.now() });
      expect(plan.backups.length).toBeGreaterThan(0);
      const key = lineage.keys.wal(segment(2));
      const days = (count: number): Date => new Date(Date.now() + count * DAY_MS);
      await archive.locks.lengthen(key, { mode: 'GOVERNANCE', until: days(300) });
      expect(archive.refused).toStrictEqual([]);
      const refused = { code: 'VAULT-LOCK' };
      for (const lock of [
        { mode: 'GOVERNANCE', until: days(500) },
        { mode: 'COMPLIANCE', until: days(300) },
      ] as const) {
        await expect(archive.locks.lengthen(key, lock)).rejects.toMatchObject(refused);
      }
      // The server has no GetObjectRetention; whoever may read everything sees the lock as well.
      archive.as(administrator(vault));
      const head = new HeadObjectCommand({ Bucket: archive.bucket, Key: key });
      const { ObjectLockMode, ObjectLockRetainUntilDate } = await archive.client.send(head);
      expect(ObjectLockMode).toBe('GOVERNANCE');
      const leftMs = (ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now();
      expect(Math.round(leftMs / DAY_MS)).toBe(300);
      as(archive, LOCKER);
      await expect(
        archive.locks.lengthen(lineage.keys.identity, { mode: 'GOVERNANCE', until: days(300) }),
      ).rejects.toMatchObject(refused);
    });

    test.each([HOST, BACKUP_TASK, STARTER, JUDGE, PROBE, TAGGER])(
      '%s changes no lock, and makes none of its own',
      async (name) => {
        const archive = await aLineage();
        as(archive, name);
        const key = lineageKeys(LINEAGE_IDENTITY).wal(segment(2));
        const until = new Date(Date.now() + 300 * DAY_MS);
        await expect(
          archive.locks.lengthen(key, { mode: 'GOVERNANCE', until }),
        ).rejects.toMatchObject({ code: 'VAULT-LOCK' });
        const put = new PutObjectCommand({
          Bucket: archive.bucket,
          Key: OBJECTS.run,
          Body: 'x',
          IfNoneMatch: '*',
          ObjectLockMode: 'COMPLIANCE',
          ObjectLockRetainUntilDate: until,
        });
        await expect(archive.client.send(put)).rejects.toMatchObject({ name: 'AccessDenied' });
      },
    );

    test('what is locked can be neither overwritten nor removed, whoever tries', async () => {
      const archive = await aLineage();
      const key = lineageKeys(LINEAGE_IDENTITY).wal(segment(2));
      const target = { Bucket: archive.bucket, Key: key };
      const versions = new ListObjectVersionsCommand({ Bucket: archive.bucket, Prefix: key });
      const direct = createS3Client({
        region: 'us-east-1',
        credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
        maxAttempts: 1,
        endpoint,
      });
      const { Versions: [before] = [] } = await direct.send(versions);
      // Past all policies: the server's own lock.
      const remove = new DeleteObjectCommand({ ...target, VersionId: before?.VersionId });
      await expect(direct.send(remove)).rejects.toMatchObject({ name: 'AccessDenied' });
      const overwrite = new PutObjectCommand({ ...target, Body: 'x', IfNoneMatch: '*' });
      await expect(direct.send(overwrite)).rejects.toMatchObject({ name: 'PreconditionFailed' });
      // Within them: nobody gets that far.
      archive.as(administrator(vault));
      for (const command of [
        remove,
        new DeleteObjectCommand(target),
        new DeleteObjectCommand({
          ...target,
          VersionId: before?.VersionId,
          BypassGovernanceRetention: true,
        }),
        new PutObjectCommand({ ...target, Body: 'x' }),
      ]) {
        await expect(archive.client.send(command)).rejects.toMatchObject({
          name: 'AccessDenied',
        });
      }
      const { Versions = [], DeleteMarkers = [] } = await direct.send(versions);
      expect(Versions.map(({ VersionId }) => VersionId)).toStrictEqual([before?.VersionId]);
      expect(DeleteMarkers).toStrictEqual([]);
    });
  },
);
