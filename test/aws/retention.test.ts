import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { handler } from '../../functions/apply-retention/handler.ts';
import { undoRetention } from '../../lib/core/retention/apply/undo-retention.ts';
import {
  backupKeys,
  DAY_MS,
  retentionStage,
  SHORT,
  walKeys,
} from '../core/retention/apply/retention-stage.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { captureLines } from '../support/captured-lines.ts';
import { putSegment, segment } from '../support/wal-fixture.ts';
import { describeAws } from './control-plane.ts';
import { deployFunctions, type FunctionStage, invocation } from './function-stage.ts';
import { describeS3 } from './s3-stage.ts';
import { startS3FaultProxy } from '../support/s3-fault-proxy.ts';
import { refuse } from '../support/s3-faults.ts';
import { followProcessClock } from '../support/s3-follow-clock.ts';

const EVENT = { scheduledTime: '2026-12-01T03:00:00Z' };

describeS3('retention in S3', (s3) => {
  test('tags what two plans a week apart let go, and keeps it again when that is undone', async () => {
    const stage = await retentionStage(s3().open());
    const { lineage, backups } = stage;
    await stage.apply();
    await stage.days(7);
    const { tagged, isComplete } = await stage.apply();
    const expected = [
      ...backups.slice(0, 2).flatMap((backup) => backupKeys(lineage, backup)),
      ...walKeys(lineage, 1, 7),
    ].toSorted();
    expect(await stage.tagged('due')).toEqual(expected);
    expect({ objects: tagged.objects, isComplete }).toEqual({
      objects: expected.length,
      isComplete: true,
    });
    const { plan, ...deps } = stage.deps();
    const undone = await undoRetention(deps, { by: 'somebody', reason: 'a mistake' });
    expect(undone).toMatchObject({ left: undefined, takenBack: { objects: expected.length } });
    expect(await stage.tagged('due')).toEqual([]);
    expect(await stage.tagged('kept')).toEqual(expected);
  });

  test('goes on after an outage in the middle', async () => {
    const stage = await retentionStage(s3().open());
    await stage.apply();
    await stage.days(7);
    const match = { method: 'PUT', query: 'tagging' };
    s3().proxy.inject(match, refuse(503, 'SlowDown'), { skip: 5, times: 99 });
    await expect(stage.apply()).rejects.toMatchObject({ code: 'STORE-UNAVAILABLE' });
    s3().proxy.heal();
    await stage.clock.advance(61_000);
    expect((await stage.apply()).isComplete).toBe(true);
    expect(await stage.tagged('due')).toHaveLength(8 + 14);
  });
});

describeAws('apply-retention', (aws) => {
  afterEach(() => vi.useRealTimers());

  /** The server's clock goes as that of the functions, as far as plans are concerned. */
  async function throughProxy(): Promise<void> {
    const { AWS_ENDPOINT_URL = '' } = aws().environment;
    const proxy = await startS3FaultProxy(AWS_ENDPOINT_URL);
    onTestFinished(async () => {
      vi.stubEnv('AWS_ENDPOINT_URL', AWS_ENDPOINT_URL);
      await proxy[Symbol.asyncDispose]();
    });
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.endpoint);
    followProcessClock(proxy, /\/retention\/plan\//);
  }

  /** A cluster whose oldest backup and WAL a policy of five weeks lets go, a hundred days from now. */
  async function deployed(): Promise<FunctionStage> {
    await throughProxy();
    const stage = await deployFunctions();
    const began = Date.now();
    for (let number = 1; number <= 6; number += 1) {
      await putSegment(stage.store, stage.lineage, segment(number));
    }
    for (const [day, start] of [
      [1, 2],
      [50, 4],
      [99, 6],
    ] as const) {
      const finishedAt = new Date(began + day * DAY_MS);
      await putBackup(stage.store, stage.lineage, { start, finishedAt });
    }
    vi.stubEnv('HOLDFAST_RETENTION', JSON.stringify(SHORT));
    return stage;
  }

  async function runAfter(days: number): Promise<void> {
    const now = Date.now() + days * DAY_MS;
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(now);
    await handler(EVENT, invocation('a'));
  }

  test('plans one day, and a week later lets go and says how much', async () => {
    const { store, lineage } = await deployed();
    const lines = captureLines();
    await runAfter(100);
    expect(lines.metrics()).toMatchObject({
      service: 'holdfast',
      Cluster: 'orders',
      RetentionApplied: 1,
      RetentionTaggedObjects: 0,
    });
    const { planPrefix } = lineage.keys.retention;
    expect(await Array.fromAsync(store.list(planPrefix))).toHaveLength(1);
    await runAfter(7);
    expect(lines.metrics()).toMatchObject({ RetentionApplied: 1, RetentionTaggedObjects: 7 });
    expect(lines.logged('retention.applied')).toMatchObject([
      { objects: 0 },
      { objects: 7, is_complete: true },
    ]);
    expect(await store.tags(lineage.keys.wal(segment(1)))).toEqual({ 'holdfast-expiry': 'due' });
    expect(await store.tags(lineage.keys.wal(segment(4)))).toEqual({});
  });

  test('does not count a run that fails, and leaves the lease to the next', async () => {
    await deployed();
    vi.stubEnv('HOLDFAST_STORE', 's3://no-such-bucket-anywhere/prod');
    const lines = captureLines();
    await expect(runAfter(100)).rejects.toMatchObject({ code: 'STORE-MISSING' });
    expect(lines.metrics()).not.toHaveProperty('RetentionApplied');
    expect(lines.logged('function.failed')).toMatchObject([{ error_code: 'STORE-MISSING' }]);
  });

  test.each([
    ['no policy', ''],
    ['a policy that is not JSON', '{'],
    ['a policy of no day', '{"windowDays":0}'],
    ['a policy in an unknown time zone', '{"timeZone":"Middle/Earth"}'],
  ])('refuses %s, and plans nothing', async (_, policy) => {
    const { store, lineage } = await deployed();
    vi.stubEnv('HOLDFAST_RETENTION', policy);
    await expect(runAfter(100)).rejects.toMatchObject({ code: 'CONFIG-INVALID' });
    const { planPrefix } = lineage.keys.retention;
    expect(await Array.fromAsync(store.list(planPrefix))).toEqual([]);
  });
});
