import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { handler } from '../../functions/audit-archive/handler.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { auditHashes } from '../../lib/core/audit/hash-audit/audit-hashes.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { flipBit, swapObjects, truncateObject } from '../support/store-tampering.ts';
import { claimTestLineage, putSegment, segment } from '../support/wal-fixture.ts';
import { describeAws } from './control-plane.ts';
import { invocation } from './function-stage.ts';

const EVENT = { scheduledTime: '2026-12-01T01:00:00Z' };

interface Stage {
  readonly bucket: string;
  readonly url: string;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
}

/** A bucket with versions, six segments, and a backup that an hour ago was whole. */
async function archived(): Promise<Stage> {
  const environment = `t${randomBytes(4).toString('hex')}`;
  const bucket = `holdfast-${environment}`;
  const s3 = new S3Client({ forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  const url = `s3://${bucket}/prod`;
  const told = {
    HOLDFAST_ENVIRONMENT: environment,
    HOLDFAST_CLUSTER: 'orders',
    HOLDFAST_STORE: url,
    HOLDFAST_RETENTION: '{}',
  };
  for (const [name, value] of Object.entries(told)) vi.stubEnv(name, value);
  const store = await openObjectStore(url);
  const lineage = await claimTestLineage(store);
  const finishedAt = new Date(Date.now() - 3_600_000);
  for (let number = 1; number <= 6; number += 1) {
    await putSegment(store, lineage, segment(number), { commits: [finishedAt], isIndexed: true });
  }
  await putBackup(store, lineage, { start: 2, finishedAt });
  return { bucket, url, store, lineage };
}

async function corrupt({ store, lineage }: Stage): Promise<readonly string[]> {
  const { findings } = await auditHashes({
    store,
    lineage,
    clock: fakeClock(new Date()),
    isTimeUp: () => false,
    parallel: 2,
    isWhole: true,
  });
  return findings.listed.map(({ code, object }) => `${code} ${object}`);
}

/** The call of one invocation, at its beginning. */
function timely(id: string): Context {
  return { ...invocation(id), getRemainingTimeInMillis: () => 900_000 };
}

describeAws('audit-archive', () => {
  test('publishes what a whole archive amounts to, and keeps a record', async () => {
    const lines = captureLines();
    const { store, lineage } = await archived();
    expect(await handler(EVENT, timely('a'))).toMatchObject({ stage: 'done' });
    expect(lines.metrics()).toMatchObject({
      Cluster: 'orders',
      AuditCompleted: 1,
      AuditFindings: 0,
      ArchiveGaps: 0,
      RestorableBackups: 1,
      RecoveryWindowShortDays: 0,
    });
    expect(Number(lines.metrics()['RecoverablePointAgeSec'])).toBeGreaterThanOrEqual(3_600);
    expect(Number(lines.metrics()['StoredWalBytes'])).toBeGreaterThan(0);
    expect(lines.logged('archive.audited')).toMatchObject([{ pass: 'full', findings: 0 }]);
    expect(await store.head(lineage.keys.audit('20261201T010000Z'))).toBeDefined();
  });

  test('finds what a delete marker hides, and names it', async () => {
    const lines = captureLines();
    const { bucket, lineage } = await archived();
    const key = lineage.keys.wal(segment(6));
    const s3 = new S3Client({ forcePathStyle: true });
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: `prod/${key}` }));
    await handler(EVENT, timely('a'));
    expect(lines.logged('audit.finding')).toMatchObject([
      { error_code: 'VAULT-HIDDEN', object_key: key },
      { error_code: 'STORE-ABSENT', object_key: key },
    ]);
    expect(lines.metrics()).toMatchObject({ AuditFindings: 2, AuditCompleted: 1 });
  });

  test('stops when its time is nearly over, publishes nothing, and goes on the next time', async () => {
    const lines = captureLines();
    await archived();
    const late = { ...invocation('a'), getRemainingTimeInMillis: () => 30_000 };
    const { stage } = (await handler(EVENT, late)) as { readonly stage: string };
    expect(stage).not.toBe('done');
    expect(lines.metrics()).not.toHaveProperty('AuditCompleted');
    const next = { scheduledTime: '2026-12-01T02:00:00Z' };
    expect(await handler(next, timely('b'))).toMatchObject({ stage: 'done' });
    expect(lines.metrics()).toMatchObject({ AuditCompleted: 1, RestorableBackups: 1 });
  });
});

describeAws('an audit of hashes in S3', () => {
  test('finds a whole archive in order', async () => {
    expect(await corrupt(await archived())).toEqual([]);
  });

  test('names what was tampered with, truncated and swapped, and nothing else', async () => {
    const stage = await archived();
    const { keys } = stage.lineage;
    await flipBit(stage, keys.wal(segment(3)));
    await truncateObject(stage, keys.wal(segment(4)));
    await swapObjects(stage, keys.wal(segment(5)), keys.wal(segment(6)));
    expect(await corrupt(stage)).toEqual([
      `STORE-CORRUPT ${keys.wal(segment(3))}`,
      `STORE-CORRUPT ${keys.wal(segment(4))}`,
      `WAL-PAGE ${keys.wal(segment(5))}`,
      `WAL-PAGE ${keys.wal(segment(6))}`,
    ]);
  });
});
