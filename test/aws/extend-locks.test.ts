import {
  CreateBucketCommand,
  GetObjectRetentionCommand,
  type ObjectLockRetentionMode,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { handler } from '../../functions/extend-locks/handler.ts';
import { openObjectLocks } from '../../lib/core/adapters/store/open-object-locks.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { holdBackup } from '../../lib/core/retention/hold.ts';
import { planAfresh } from '../../lib/core/retention/plan-afresh.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { backupKeys, DAY_MS, SHORT } from '../core/retention/apply/retention-stage.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { claimTestLineage, putSegment, segment } from '../support/wal-fixture.ts';
import { refuse } from '../support/s3-faults.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../support/s3-fault-proxy.ts';
import { withRetention } from '../support/s3-object-lock.ts';
import { type ControlPlane, describeAws } from './control-plane.ts';
import { invocation } from './function-stage.ts';

const EVENT = { scheduledTime: '2026-12-01T03:30:00Z' };
const POLICY = { ...SHORT, monthly: 12 };
const KEY = 'prod/identity.json';
const MINUTE_DAYS = 1 / 1_440;

interface LockStage {
  readonly url: string;
  readonly store: ObjectStore;
  readonly proxy: S3FaultProxy;
  readonly lockedUntil: (key: string) => Promise<Date | undefined>;
}

/** All clients from here on speak to the server through a proxy that knows Object Lock. */
async function throughProxy(aws: ControlPlane): Promise<S3FaultProxy> {
  const { AWS_ENDPOINT_URL = '' } = aws.environment;
  const proxy = await startS3FaultProxy(AWS_ENDPOINT_URL);
  onTestFinished(async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', AWS_ENDPOINT_URL);
    await proxy[Symbol.asyncDispose]();
  });
  vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
  withRetention(proxy);
  return proxy;
}

/** A bucket whose objects are locked for a day from the moment they come. */
async function lockedBucket(aws: ControlPlane, mode: ObjectLockRetentionMode): Promise<LockStage> {
  const proxy = await throughProxy(aws);
  const client = new S3Client({ forcePathStyle: true });
  const Bucket = `holdfast-locks-${randomBytes(4).toString('hex')}`;
  await client.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      ObjectLockEnabledForBucket: true,
    }),
  );
  const Rule = { DefaultRetention: { Mode: mode, Days: 1 } };
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule },
    }),
  );
  const url = `s3://${Bucket}/prod`;
  return {
    url,
    proxy,
    store: await openObjectStore(url),
    lockedUntil: async (key) => {
      const request = new GetObjectRetentionCommand({ Bucket, Key: `prod/${key}` });
      return (await client.send(request)).Retention?.RetainUntilDate;
    },
  };
}

describeAws('locks of objects', (aws) => {
  test.each(['GOVERNANCE', 'COMPLIANCE'] as const)(
    'are lengthened and never shortened: %s',
    async (mode) => {
      const { url, store } = await lockedBucket(aws(), mode);
      const body = Buffer.from('x');
      await store.putIfAbsent(KEY, body, { plainSha256: '0'.repeat(64), epoch: 0 });
      const locks = openObjectLocks(url);
      const born = await locks.read(KEY);
      expect(born?.mode).toBe(mode);
      const until = new Date((Math.floor(Date.now() / 1_000) + 86_400 * 30) * 1_000);
      await locks.lengthen(KEY, { mode, until });
      expect(await locks.read(KEY)).toEqual({ mode, until });
      const shorter = { mode, until: new Date(until.getTime() - DAY_MS) };
      await expect(locks.lengthen(KEY, shorter)).rejects.toMatchObject({ code: 'VAULT-LOCK' });
      expect(await locks.read(KEY)).toEqual({ mode, until });
    },
  );

  test('are refused by name where a bucket has none, and where a store is a folder', async () => {
    const Bucket = `holdfast-plain-${randomBytes(4).toString('hex')}`;
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    const client = new S3Client({ forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const url = `s3://${Bucket}/prod`;
    const store = await openObjectStore(url);
    const body = Buffer.from('x');
    await store.putIfAbsent(KEY, body, { plainSha256: '0'.repeat(64), epoch: 0 });
    const lock = { mode: 'GOVERNANCE', until: new Date(Date.now() + DAY_MS) } as const;
    await expect(openObjectLocks(url).lengthen(KEY, lock)).rejects.toMatchObject({
      code: 'VAULT-LOCK',
    });
    expect(() => openObjectLocks('file:///somewhere')).toThrow(
      expect.objectContaining({ code: 'VAULT-LOCK' }),
    );
  });
});

describeAws('extend-locks', (aws) => {
  afterEach(() => vi.useRealTimers());

  test('locks what is kept past the window, with its WAL, for as long as it is kept', async () => {
    const { url, store, lockedUntil } = await lockedBucket(aws(), 'GOVERNANCE');
    const lineage = await claimTestLineage(store);
    const backups = await fill(store, lineage);
    tell(url);
    const held = backups[1]?.id ?? '';
    const request = { backupId: held, kind: 'legal', reason: 'r', by: 'b' } as const;
    await holdBackup(store, lineage, request, new Date());
    const lines = captureLines();
    const began = Date.now();
    const planned = { store, lineage, policy: POLICY, now: new Date(began + 100 * DAY_MS) };
    const plan = await planAfresh(planned);
    for (let day = 100; day < 107; day += 1) {
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(began + day * DAY_MS);
      await handler(EVENT, invocation('a'));
    }
    vi.useRealTimers();
    const extended = lines
      .logged('locks.extended')
      .reduce((sum, { objects }) => sum + Number(objects), 0);
    // Three backups of four objects each, and a segment of WAL for each.
    expect(extended).toBe(15);
    expect(lines.metrics()).toHaveProperty('LocksExtended');
    const monthly = plan.backups[0];
    expect(monthly?.reasons.map(({ rule }) => rule)).toContain('monthly');
    const [first, second, , newest] = backups;
    for (const key of [...keysOf(lineage, first), lineage.keys.wal(segment(2))]) {
      const until = await lockedUntil(key);
      expect(Math.abs((until?.getTime() ?? 0) - (monthly?.until?.getTime() ?? 0))).toBeLessThan(
        1_001,
      );
    }
    for (const key of [...keysOf(lineage, second), lineage.keys.wal(segment(4))]) {
      const days = ((await lockedUntil(key))?.getTime() ?? 0) - began;
      expect(days / DAY_MS).toBeGreaterThan(189);
    }
    for (const key of [...keysOf(lineage, newest), lineage.keys.wal(segment(3))]) {
      const days = ((await lockedUntil(key))?.getTime() ?? 0) - began;
      expect(days / DAY_MS).toBeLessThan(2);
    }
    // A week later only what is held without an end is renewed.
    vi.useFakeTimers({ toFake: ['Date'] });
    const before = lines.logged('locks.extended').length;
    for (let day = 107; day < 114; day += 1) {
      vi.setSystemTime(began + day * DAY_MS);
      await handler(EVENT, invocation('a'));
    }
    const again = lines.logged('locks.extended').slice(before);
    expect(again.reduce((sum, { objects }) => sum + Number(objects), 0)).toBe(5);
  });

  test('tells of a bucket that refuses, once it has tried them all', async () => {
    const { url, store, proxy } = await lockedBucket(aws(), 'COMPLIANCE');
    const lineage = await claimTestLineage(store);
    await fill(store, lineage);
    tell(url);
    const lines = captureLines();
    proxy.heal();
    const refused = { method: 'PUT', query: 'retention' };
    proxy.inject(refused, refuse(403, 'AccessDenied'), { times: 99 });
    withRetention(proxy);
    const began = Date.now();
    const failures: unknown[] = [];
    for (let day = 100; day < 107; day += 1) {
      vi.useFakeTimers({ toFake: ['Date'] });
      vi.setSystemTime(began + day * DAY_MS);
      await handler(EVENT, invocation('a')).catch((error: unknown) => failures.push(error));
    }
    expect(proxy.matching(refused).length).toBeGreaterThan(failures.length);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({ code: 'VAULT-LOCK' });
    expect(lines.metrics()).toMatchObject({ LocksExtended: 0 });
  });
});

async function fill(store: ObjectStore, lineage: Lineage): Promise<readonly BackupRecord[]> {
  const began = Date.now();
  for (let number = 1; number <= 9; number += 1) await putSegment(store, lineage, segment(number));
  const backups: BackupRecord[] = [];
  // Two of one month: the later one of them is that month's.
  for (const [day, start] of [
    [1, 2],
    [60, 4],
    [60 + MINUTE_DAYS, 6],
    [99, 8],
  ] as const) {
    const finishedAt = new Date(began + day * DAY_MS);
    backups.push(await putBackup(store, lineage, { start, finishedAt }));
  }
  return backups;
}

function keysOf(lineage: Lineage, backup: BackupRecord | undefined): readonly string[] {
  return backup === undefined ? [] : backupKeys(lineage, backup);
}

function tell(url: string): void {
  vi.stubEnv('HOLDFAST_ENVIRONMENT', 'test');
  vi.stubEnv('HOLDFAST_CLUSTER', 'orders');
  vi.stubEnv('HOLDFAST_STORE', url);
  vi.stubEnv('HOLDFAST_KMS_KEY', '');
  vi.stubEnv('HOLDFAST_LOCK_MODE', 'GOVERNANCE');
  vi.stubEnv('HOLDFAST_RETENTION', JSON.stringify(POLICY));
}
