import { clusterFiles } from '../../bin/cli/shipping.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { type OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import type { ClaimGrounds } from '../../lib/core/store/writer-epoch.ts';
import type { ShippingDeps } from '../../lib/core/wal/shipping/open-shipment.ts';
import { runAgent } from '../../lib/core/wal/shipping/run-agent.ts';
import { recordingLog } from '../support/recording-log.ts';
import { until } from '../support/until.ts';
import { CLUSTER, type World } from './world.ts';

/** The agent of one server, in this process. */
export interface ModelAgent {
  /** Throws what ended it, if something did. */
  assertAlive(): void;
  /** What ended it by itself; waits for that. */
  readonly ended: Promise<OpsError | undefined>;
  stop(): Promise<void>;
}

/** Whose WAL an agent ships. */
export interface Shipper {
  readonly dataDirectory: string;
  readonly spool: string;
}

/** Starts an agent; resolves when it may write. Throws what it was refused with. */
export async function startModelAgent(
  world: World,
  shipper: Shipper,
  grounds?: ClaimGrounds,
): Promise<ModelAgent> {
  const stop = new AbortController();
  const log = recordingLog();
  let failure: OpsError | undefined;
  const ended = runAgent(
    { ...shippingDeps(world, shipper), log },
    { parallel: 2, grounds, stop: stop.signal },
  ).then(
    () => undefined,
    (error: unknown) => {
      failure = toOpsError(error);
      return failure;
    },
  );
  const assertAlive = (): void => {
    if (failure !== undefined) throw failure;
  };
  await until('the agent may write', () => {
    assertAlive();
    return log.events.includes(Event.AGENT_STARTED);
  });
  return {
    assertAlive,
    ended,
    stop: async () => {
      stop.abort(new Error('told to stop'));
      await ended;
    },
  };
}

/** What ships the WAL of one server, as the command line puts it together. */
export function shippingDeps(
  { store }: World,
  { dataDirectory, spool }: Shipper,
): Omit<ShippingDeps, 'log'> {
  return { store, cluster: CLUSTER, clock: systemClock, ...clusterFiles(dataDirectory, spool) };
}
