import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DisableKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test, vi } from 'vitest';
import { handler } from '../../functions/probe-estate/handler.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { putSegment, segment } from '../support/wal-fixture.ts';
import { describeAws } from './control-plane.ts';
import { deployFunctions, type FunctionStage, invocation } from './function-stage.ts';

/** Of the minute at which backups are looked at; of those at which the rest is. */
const EVENT = { scheduledTime: '2026-12-01T01:00:00Z' };
const VAULT = { scheduledTime: '2026-12-01T01:01:00Z' };
const NEWEST = { scheduledTime: '2026-12-01T01:02:00Z' };
const RUNWAYS = { scheduledTime: '2026-12-01T01:03:00Z' };
const SECRETS = { scheduledTime: '2026-12-01T01:06:00Z' };
const HOUR_SEC = 3_600;
const SETTINGS = {
  versioned: true,
  lock: null,
  keyArn: '',
  blocksPublicAccess: true,
  ownsObjects: false,
  lifecycle: [],
  denials: ['NobodyDeletes'],
};

/** A deployed cluster with a restorable backup of an hour ago. */
async function backedUp(): Promise<FunctionStage> {
  const stage = await deployFunctions();
  await putSegment(stage.store, stage.lineage, segment(2));
  const finishedAt = new Date(Date.now() - HOUR_SEC * 1_000);
  await putBackup(stage.store, stage.lineage, { start: 2, finishedAt });
  return stage;
}

/** What one check of the last run came to. */
function checkOf(lines: ReturnType<typeof captureLines>, id: string): unknown {
  const checks: unknown = JSON.parse(String(lines.logged('estate.probed').at(-1)?.['checks']));
  return Array.isArray(checks) ? checks.find((one: { id: string }) => one.id === id) : undefined;
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
      EstateProbed: 1,
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

  test('publishes the age alone when the key is gone, and calls the look blind', async () => {
    const lines = captureLines();
    const { kmsKey } = await backedUp();
    const other = kmsKey.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
    vi.stubEnv('HOLDFAST_KMS_KEY', other);
    await handler(EVENT, invocation('a'));
    expect(lines.metrics()).toMatchObject({ ChecksBlindA: 1, EstateProbed: 1 });
    expect(lines.metrics()).toHaveProperty('LastBackupAgeSec');
    expect(lines.metrics()).not.toHaveProperty('KeyUsable');
    expect(checkOf(lines, 'A11')).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('AWS-ABSENT'),
    });
  });

  test('publishes the key alone when the bucket is gone, and calls the looks blind', async () => {
    const lines = captureLines();
    await backedUp();
    vi.stubEnv('HOLDFAST_STORE', 's3://no-such-bucket-anywhere/prod');
    await handler(EVENT, invocation('a'));
    expect(lines.metrics()).toMatchObject({ KeyUsable: 1, ChecksBlindA: 2 });
    expect(lines.metrics()).not.toHaveProperty('LastBackupAgeSec');
    expect(checkOf(lines, 'A7')).toMatchObject({ says: expect.stringContaining('STORE-MISSING') });
  });

  test('counts where the bucket is not as it was deployed', async () => {
    const lines = captureLines();
    await backedUp();
    vi.stubEnv('HOLDFAST_VAULT_SETTINGS', JSON.stringify(SETTINGS));
    await handler(VAULT, invocation('a'));
    expect(lines.metrics()).toMatchObject({ VaultDrift: 3 });
    const findings = String(lines.logged('estate.probed')[0]?.['findings']);
    expect(findings).toContain('statement NobodyDeletes');
    expect(findings).toContain('versioning');
  });

  test('reads back what was published, and tells what nobody published', async () => {
    const lines = captureLines();
    const stage = await backedUp();
    await stage.publish({ ArchiveGaps: 2, DatabaseProbed: 1, RestorableBackups: 9 });
    await handler(NEWEST, invocation('a'));
    expect(checkOf(lines, 'A6')).toMatchObject({
      standing: 'page',
      says: '2 holes in the archive',
    });
    expect(checkOf(lines, 'A10r')).toMatchObject({ standing: 'ok', says: '9 backups' });
    expect(checkOf(lines, 'M1')).toMatchObject({ standing: 'ok' });
    expect(checkOf(lines, 'M4')).toMatchObject({ standing: 'waiting' });
  });

  test('fits the trend of a volume that fills up', async () => {
    const lines = captureLines();
    const stage = await backedUp();
    for (let step = 0; step < 24; step += 1) {
      await stage.publish({ DataVolumeFreePercent: 50 + step }, step * 5 + 1);
    }
    await handler(RUNWAYS, invocation('a'));
    const days = Number(lines.metrics()['DiskDaysLeft']);
    expect(days).toBeGreaterThan(50 / 300);
    expect(days).toBeLessThan(50 / 276);
    expect(checkOf(lines, 'B2')).toMatchObject({ standing: 'page' });
    expect(checkOf(lines, 'A15r')).toMatchObject({ standing: 'blind' });
  });

  test('sees a host by its group, and no volume where none is named', async () => {
    const lines = captureLines();
    await backedUp();
    vi.stubEnv('HOLDFAST_HOST_GROUP', 'orders-host');
    await new CloudWatchClient().send(
      new PutMetricDataCommand({
        Namespace: 'AWS/EC2',
        MetricData: ['CPUUtilization', 'StatusCheckFailed'].map((MetricName) => ({
          MetricName,
          Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'orders-host' }],
          Timestamp: new Date(Date.now() - 60_000),
          Value: 1,
        })),
      }),
    );
    await handler(NEWEST, invocation('a'));
    expect(checkOf(lines, 'B16')).toMatchObject({ standing: 'ok' });
    expect(checkOf(lines, 'B17')).toMatchObject({ standing: 'page' });
    expect(checkOf(lines, 'B18')).toMatchObject({ standing: 'absent' });
  });

  test('tells of a secret that nobody rotates, and of one that is gone', async () => {
    const lines = captureLines();
    await backedUp();
    const { ARN = '' } = await new SecretsManagerClient().send(
      new CreateSecretCommand({ Name: `monitor-${Date.now()}`, SecretString: '{}' }),
    );
    vi.stubEnv('HOLDFAST_ROTATED_SECRETS', ARN);
    await handler(SECRETS, invocation('a'));
    expect(checkOf(lines, 'B22')).toMatchObject({
      standing: 'warn',
      says: '1 secret that nobody rotates',
    });
    vi.stubEnv('HOLDFAST_ROTATED_SECRETS', `${ARN},no-such-secret`);
    await handler(SECRETS, invocation('b'));
    expect(checkOf(lines, 'B22')).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('AWS-ABSENT'),
    });
  });
});
