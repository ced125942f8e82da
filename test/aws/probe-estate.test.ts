import { DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { expect, test, vi } from 'vitest';
import { handler } from '../../functions/probe-estate/handler.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { putSegment, segment } from '../support/wal-fixture.ts';
import { describeAws } from './control-plane.ts';
import { deployFunctions, type FunctionStage, invocation } from './function-stage.ts';

const EVENT = { scheduledTime: '2026-12-01T01:00:00Z' };
const HOUR_SEC = 3_600;

/** A deployed cluster with a restorable backup of an hour ago. */
async function backedUp(): Promise<FunctionStage> {
  const stage = await deployFunctions();
  await putSegment(stage.store, stage.lineage, segment(2));
  const finishedAt = new Date(Date.now() - HOUR_SEC * 1_000);
  await putBackup(stage.store, stage.lineage, { start: 2, finishedAt });
  return stage;
}

describeAws('probe-estate', () => {
  test('publishes the age of the newest restorable backup, and a usable key', async () => {
    const lines = captureLines();
    const { lineage } = await backedUp();
    await handler(EVENT, invocation('a'));
    const metrics = lines.metrics();
    expect(metrics).toMatchObject({
      service: 'holdfast',
      Cluster: lineage.id.cluster,
      KeyUsable: 1,
    });
    expect(metrics['LastBackupAgeSec']).toBeGreaterThanOrEqual(HOUR_SEC);
    expect(metrics['LastBackupAgeSec']).toBeLessThan(2 * HOUR_SEC);
    expect(lines.logged('estate.probed')).toHaveLength(1);
  });

  test('publishes the age of the lineage while there is no backup', async () => {
    const lines = captureLines();
    const { lineage } = await deployFunctions();
    await handler(EVENT, invocation('a'));
    const ageSec = (Date.now() - lineage.identity.createdAt.getTime()) / 1_000;
    const seen = Number(lines.metrics()['LastBackupAgeSec']);
    expect(Math.abs(seen - ageSec)).toBeLessThan(60);
  });

  test.each([
    ['disabled', async (KeyId: string) => new KMSClient().send(new DisableKeyCommand({ KeyId }))],
    [
      'to be deleted',
      async (KeyId: string) => new KMSClient().send(new ScheduleKeyDeletionCommand({ KeyId })),
    ],
  ])('publishes that a key is not usable which is %s', async (_, spoil) => {
    const lines = captureLines();
    const { kmsKey } = await backedUp();
    await spoil(kmsKey.replace(/^.*\//, ''));
    await handler(EVENT, invocation('a'));
    expect(lines.metrics()).toMatchObject({ KeyUsable: 0 });
  });

  test('publishes the age alone when the key is gone, and fails', async () => {
    const lines = captureLines();
    const { kmsKey } = await backedUp();
    const other = kmsKey.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
    vi.stubEnv('HOLDFAST_KMS_KEY', other);
    await expect(handler(EVENT, invocation('a'))).rejects.toMatchObject({ code: 'AWS-ABSENT' });
    expect(lines.metrics()).toHaveProperty('LastBackupAgeSec');
    expect(lines.metrics()).not.toHaveProperty('KeyUsable');
    expect(lines.logged('function.failed')).toMatchObject([{ error_code: 'AWS-ABSENT' }]);
  });

  test('publishes the key alone when the bucket is gone, and fails', async () => {
    const lines = captureLines();
    await backedUp();
    vi.stubEnv('HOLDFAST_STORE', 's3://no-such-bucket-anywhere/prod');
    await expect(handler(EVENT, invocation('a'))).rejects.toMatchObject({ code: 'STORE-MISSING' });
    expect(lines.metrics()).toMatchObject({ KeyUsable: 1 });
    expect(lines.metrics()).not.toHaveProperty('LastBackupAgeSec');
  });
});
