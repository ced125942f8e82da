import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { clusterFiles } from '../../bin/cli/shipping.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { volumeOf } from '../../lib/core/adapters/system/volume.ts';
import { runAgent } from '../../lib/core/wal/shipping/run-agent.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';
import { recordingTelemetry } from '../support/recording-telemetry.ts';
import { takeStoreAway } from '../support/store-outage.ts';
import { until } from '../support/until.ts';

/** What waits longer than this waits for a moment only. */
const LONG_MS = 5_000;
const MOMENT_MS = 200;

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

test('the lag grows while the store is away, and is 0 again once it is back', async () => {
  const stop = new AbortController();
  const telemetry = recordingTelemetry();
  const running = runAgent(
    {
      store: await openObjectStore(cluster.storeUrl),
      cluster: CLUSTER,
      clock: {
        ...systemClock,
        sleep: async (ms, signal) => systemClock.sleep(ms > LONG_MS ? MOMENT_MS : ms, signal),
      },
      log: recordingLog(),
      ...clusterFiles(cluster.server.dataDirectory, cluster.spool),
    },
    {
      parallel: 2,
      measures: { telemetry, volume: volumeOf(cluster.server.dataDirectory) },
      stop: stop.signal,
    },
  );
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  const sees = async (what: string, isSo: (lag: number, ready: number) => boolean) =>
    until(what, () => {
      const { AgentAlive, ArchiveLagSec = -1, ReadySegments = -1 } = telemetry.flushed.at(-1) ?? {};
      return AgentAlive === 1 && isSo(ArchiveLagSec, ReadySegments) && { lag: ArchiveLagSec };
    });

  await cluster.writeSegments(2);
  await sees('nothing waits', (lag, ready) => lag === 0 && ready === 0);
  const bringBack = await takeStoreAway(cluster.store);
  await cluster.writeSegments(3);
  const { lag: first } = await sees(
    'what was written waits',
    (lag, ready) => lag > 0 && ready >= 3,
  );
  await sees('it waits longer', (lag) => lag > first + 1);
  await bringBack();
  await sees('nothing waits any more', (lag, ready) => lag === 0 && ready === 0);
  // A further segment wakes PostgreSQL's archiver, which else looks once a minute.
  await cluster.writeSegments(1);
  await cluster.drained();
  const percents = telemetry.flushed.map(({ DataVolumeFreePercent = -1 }) => DataVolumeFreePercent);
  expect(percents.filter((percent) => percent < 0 || percent > 100)).toEqual([]);
});

test('the command line prints them as CloudWatch Logs reads them, and nothing else', async () => {
  const words = ['agent', ...cluster.agentWords(), '--metrics', '--environment', 'prod'];
  const agent = execa(NODE, [HOLDFAST, ...words], {
    cwd: '/',
    stdio: ['ignore', 'pipe', { file: join(cluster.directory, 'metrics-agent.log') }],
    reject: false,
  });
  onTestFinished(async () => {
    agent.kill('SIGTERM');
    expect((await agent).exitCode).toBe(0);
  });
  let metrics: Record<string, unknown> = {};
  for await (const line of createInterface({ input: agent.stdout })) {
    metrics = JSON.parse(line);
    expect(metrics).toHaveProperty('_aws');
    // The first may come before the agent has begun to ship.
    if ('AgentAlive' in metrics) break;
  }
  expect(metrics).toMatchObject({
    service: 'holdfast',
    Environment: 'prod',
    Cluster: CLUSTER,
    AgentAlive: 1,
    ArchiveLagSec: 0,
    ReadySegments: 0,
    MemoryAvailablePercent: expect.any(Number),
    _aws: { CloudWatchMetrics: [{ Namespace: 'Holdfast' }] },
  });
});
