import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createS3Client } from '../../lib/core/adapters/store/s3/s3-client.ts';
import { S3ObjectStore } from '../../lib/core/adapters/store/s3/s3-object-store.ts';
import { verifyStore } from '../../lib/core/audit/verify-store.ts';
import { listBackups } from '../../lib/core/catalog/backup-listing.ts';
import { ExpiryTag } from '../../lib/core/contract/key-layout.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { chooseHidden } from '../../lib/core/retention/undelete/chosen-hidden.ts';
import { countHidden } from '../../lib/core/retention/undelete/count-hidden.ts';
import { runUndelete } from '../../lib/core/retention/undelete/run-undelete.ts';
import { readingHidden } from '../../lib/core/store/reading-hidden.ts';
import { revealing } from '../../lib/core/store/revealing.ts';
import {
  codeOf,
  fill,
  listKeys,
  plainPut,
  readBody,
  readObject,
  refusalOf,
} from '../contract/store-helpers.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { refuse } from '../support/s3-faults.ts';
import { claimTestLineage, putSegment, segment } from '../support/wal-fixture.ts';
import { describeS3 } from './s3-stage.ts';

const VERSIONS = { query: 'versions' };
const OTHER = Buffer.from('other bytes');
const ALL = { choice: { kind: 'all' } } as const;
const NOON = new Date(Date.UTC(2026, 10, 22, 12));

describeS3('what a delete marker hides in S3', (s3) => {
  let client: S3Client;
  let versioned: string;
  let locked: string;

  beforeAll(async () => {
    client = createS3Client({
      endpoint: s3().proxy.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
      maxAttempts: 1,
    });
    [versioned, locked] = [`versioned-${randomUUID()}`, `locked-${randomUUID()}`];
    await client.send(new CreateBucketCommand({ Bucket: versioned }));
    await client.send(
      new PutBucketVersioningCommand({
        Bucket: versioned,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    await client.send(
      new CreateBucketCommand({ Bucket: locked, ObjectLockEnabledForBucket: true }),
    );
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: locked,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 1 } },
        },
      }),
    );
  });

  const open = (bucket: string): ObjectStore =>
    new S3ObjectStore(client, { bucket, prefix: `${randomUUID()}/` });
  const target = (store: ObjectStore, key: string) => {
    const [, Bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(store.url) ?? [];
    return { Bucket, Key: `${prefix}/${key}` };
  };
  const mark = async (store: ObjectStore, key: string): Promise<void> => {
    await client.send(new DeleteObjectCommand(target(store, key)));
  };

  test('comes back as a whole backup, which verifies', async () => {
    const store = open(versioned);
    const lineage = await claimTestLineage(store);
    for (let number = 1; number <= 4; number += 1) {
      await putSegment(store, lineage, segment(number), { isIndexed: true });
    }
    const { id } = await putBackup(store, lineage, { start: 1, stop: 3, finishedAt: NOON });
    const archive = { store, lineage, clock: fakeClock() };
    const options = { deep: true, parallel: 2 };
    // The first makes the indexes that are missing.
    await verifyStore(archive, options);
    const before = await verifyStore(archive, options);
    const keys = await listKeys(store, '');
    const stats = await Promise.all(keys.map(async (key) => (await store.head(key))?.metadata));
    for (const key of keys) await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
    // As a lifecycle rule does, in no order.
    for (const key of keys.toReversed()) await mark(store, key);
    expect(await listKeys(store, '')).toEqual([]);
    // Not verified here: moto drops the first version behind a key marker that is no key.
    expect(await listKeys(revealing(store), '')).toEqual(keys);

    const request = { choice: { kind: 'backup', id } } as const;
    await runUndelete(archive, await chooseHidden(archive, request));
    const { backups } = await listBackups(store, lineage);
    expect(backups.map((backup) => backup.id)).toEqual([id]);
    await runUndelete(archive, await chooseHidden(archive, ALL));
    expect(await listKeys(store, '')).toEqual(keys);
    const again = await Promise.all(keys.map(async (key) => (await store.head(key))?.metadata));
    expect(again).toEqual(stats);
    expect(await verifyStore(archive, options)).toEqual(before);
    for (const key of keys) expect(await store.tags(key)).toEqual({});
  });

  test('goes on coming back after S3 was away', async () => {
    const store = open(versioned);
    const lineage = await claimTestLineage(store);
    await putBackup(store, lineage, { start: 1, finishedAt: NOON });
    const keys = await listKeys(store, '');
    for (const key of keys) await mark(store, key);
    const archive = { store, lineage };
    s3().proxy.inject({ method: 'PUT' }, refuse(503, 'SlowDown'), { skip: 2, times: 1 });
    const undelete = async () => runUndelete(archive, await chooseHidden(archive, ALL));
    expect(await codeOf(undelete())).toBe('STORE-UNAVAILABLE');
    expect((await listBackups(store, lineage)).backups).toEqual([]);
    await undelete();
    expect(await listKeys(store, '')).toEqual(keys);
  });

  test('is as absent as ever for who may not list versions', async () => {
    const store = open(versioned);
    await fill(store, ['a', 'b']);
    await mark(store, 'a');
    s3().proxy.inject(VERSIONS, refuse(403, 'AccessDenied'), { times: Infinity });
    expect(await codeOf(readObject(readingHidden(store), 'a'))).toBe('STORE-ABSENT');
    expect(String(await readObject(readingHidden(store), 'b'))).toBe('b');
    const refusal = await refusalOf(listKeys(revealing(store), ''));
    expect(refusal.code).toBe('STORE-DENIED');
    expect(refusal.hint).toContain('s3:ListBucketVersions');
    const patience = new AbortController().signal;
    expect(await countHidden(store, [''], { patience })).toMatchObject({ objects: 0 });
  });

  test('is not taken for absent when S3 does not answer', async () => {
    const store = open(versioned);
    await fill(store, ['a']);
    await mark(store, 'a');
    s3().proxy.inject(VERSIONS, refuse(503, 'SlowDown'));
    expect(await codeOf(readObject(readingHidden(store), 'a'))).toBe('STORE-UNAVAILABLE');
    expect(String(await readObject(readingHidden(store), 'a'))).toBe('a');
  });

  test('under a lock is neither overwritten nor removed, and readable through its marker', async () => {
    const store = open(locked);
    await fill(store, ['a']);
    const place = target(store, 'a');
    const [version] =
      (await client.send(new ListObjectVersionsCommand({ ...place, Prefix: place.Key })))
        .Versions ?? [];
    const VersionId = version?.VersionId;
    const { ObjectLockMode } = await client.send(new HeadObjectCommand(place));
    expect(ObjectLockMode).toBe('COMPLIANCE');

    expect(await codeOf(store.putIfAbsent('a', OTHER, plainPut(OTHER)))).toBe('WAL-CONFLICT');
    const removal = client.send(new DeleteObjectCommand({ ...place, VersionId }));
    await expect(removal).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const bypass = new DeleteObjectCommand({
      ...place,
      VersionId,
      BypassGovernanceRetention: true,
    });
    await expect(client.send(bypass)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(String(await readObject(store, 'a'))).toBe('a');

    await mark(store, 'a');
    expect(await listKeys(store, '')).toEqual([]);
    expect(String(await readObject(revealing(store), 'a'))).toBe('a');
    expect(await listKeys(revealing(store), '')).toEqual(['a']);

    // Even by a put without the condition, which the bucket's policy denies, nothing is lost.
    await client.send(new PutObjectCommand({ ...place, Body: OTHER }));
    expect(await readObject(store, 'a')).toEqual(OTHER);
    const old = await store.get('a', { version: VersionId });
    expect(String(await readBody(old))).toBe('a');
    expect(old.stat.metadata).toMatchObject(plainPut(Buffer.from('a')));
  });
});
