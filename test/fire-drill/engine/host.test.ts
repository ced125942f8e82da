import { onTestFinished } from 'vitest';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { followHost } from '../../../lib/core/host/follow-host.ts';
import { measurePooler } from '../../../lib/core/host/pooler/measure-pooler.ts';
import type { Host } from '../../../lib/core/ports/host-group.ts';
import type { Pool } from '../../../lib/core/ports/pooler-console.ts';
import type { WalDirectory } from '../../../lib/core/ports/wal-directory.ts';
import { startMeasuring } from '../../../lib/core/wal/shipping/measure-agent.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import { segment } from '../../support/wal-fixture.ts';
import { drillBook } from '../drill-book.ts';
import type { Emission } from '../run-drill.ts';
import { always, merged } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const MINUTE_MS = 60_000;

const HOST: Host = {
  instanceId: 'i-1',
  lifecycle: 'InService',
  address: '10.0.0.2',
  launchedAt: new Date('2026-12-01T00:00:00Z'),
};

/** What the function sends that follows the host. */
async function followed(hosts: readonly Host[], named: string): Promise<Emission> {
  const telemetry = recordingTelemetry();
  await followHost(
    { launched: undefined },
    {
      hostName: 'db.orders.internal',
      group: { hosts: async () => hosts },
      zone: {
        read: async () => ({ addresses: [named], ttlSec: 10 }),
        write: async () => undefined,
      },
      telemetry,
      log: recordingLog(),
      signal: new AbortController().signal,
    },
  );
  return merged(telemetry.flushed);
}

drill('HostMissing', 'page', async () => {
  const well = always(await followed([HOST], '10.0.0.2'));
  return { well, ill: always(await followed([], '10.0.0.2')), mended: well };
});

drill('HostReplaced', 'ticket', async () => {
  const still = await followed([HOST], '10.0.0.2');
  const moved = await followed([HOST], '10.0.0.1');
  const ill = (minute: number, sinceMin: number): Emission =>
    sinceMin === 0 ? moved : always(still)(minute, sinceMin);
  return { well: always(still), ill, mended: always(still) };
});

/** What an agent sends in its sixth minute. */
async function measured(state: {
  readonly isShipping?: boolean;
  readonly waiting?: boolean;
  readonly freePercent?: number;
  readonly memoryPercent?: number;
}): Promise<Emission> {
  const clock = fakeClock();
  const telemetry = recordingTelemetry();
  const name = segment(1);
  const ready = new Map(state.waiting === true ? [[name, clock.now()]] : []);
  const wal = {
    ready: async () => [...ready.keys()],
    readySince: async (one: string) => ready.get(one),
  } satisfies Partial<WalDirectory>;
  const meter = startMeasuring(
    // The rest of a WAL directory is not looked at.
    { wal: wal as unknown as WalDirectory, clock, log: recordingLog(), cluster: 'orders' },
    {
      telemetry,
      volume: { freePercent: async () => state.freePercent ?? 60 },
      memory: { availablePercent: async () => state.memoryPercent ?? 40 },
    },
  );
  onTestFinished(async () => meter[Symbol.asyncDispose]());
  await clock.advance(5 * MINUTE_MS);
  if (state.isShipping !== false) meter.wentRound(new Set());
  await clock.advance(MINUTE_MS);
  return merged(telemetry.flushed.slice(-1));
}

drill('ArchiveLag', 'page', async () => {
  const well = always(await measured({}));
  return { well, ill: always(await measured({ waiting: true })), mended: well };
});

drill('AgentSilent', 'page', async () => {
  const well = always(await measured({}));
  return { well, ill: always(await measured({ isShipping: false })), mended: well };
});

drill('DataVolumeFull', 'page', async () => {
  const well = always(await measured({}));
  return { well, ill: always(await measured({ freePercent: 4 })), mended: well };
});

drill('MemoryShort', 'page', async () => {
  const well = always(await measured({}));
  return { well, ill: always(await measured({ memoryPercent: 2 })), mended: well };
});

const POOL: Pool = {
  database: 'shop',
  user: 'app',
  clientsActive: 4,
  clientsWaiting: 0,
  serversActive: 4,
  maxWaitSec: 0,
};

/** What is sent of a pooler, or of one that does not answer. */
async function pooled(pool: Pool | undefined): Promise<Emission> {
  const stop = new AbortController();
  const telemetry = recordingTelemetry();
  const console = {
    pools: async (): Promise<readonly Pool[]> => {
      queueMicrotask(() => stop.abort());
      if (pool === undefined) throw new OpsError('PG-CONNECT', 'nobody is there');
      return [pool];
    },
  };
  await measurePooler({ console, telemetry, clock: fakeClock(), log: recordingLog() }, stop.signal);
  return merged(telemetry.flushed);
}

drill('PoolerWaiting', 'ticket', async () => {
  const well = always(await pooled(POOL));
  const ill = always(await pooled({ ...POOL, clientsWaiting: 9, maxWaitSec: 3 }));
  return { well, ill, mended: well };
});
