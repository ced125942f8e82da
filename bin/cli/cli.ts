import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import {
  type ConnectionOptions,
  readConnection,
} from '../../lib/core/adapters/postgres/connection.ts';
import {
  openObjectStore,
  openStoredObjects,
  type OpenStoreOptions,
} from '../../lib/core/adapters/store/open-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { createLog } from '../../lib/core/adapters/system/log.ts';
import type { Clock } from '../../lib/core/ports/clock.ts';
import type { ClusterServer } from '../../lib/core/ports/cluster-server.ts';
import type { Log } from '../../lib/core/ports/log.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { findLineage } from '../../lib/core/store/current-lineage.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import type { ServerOptions, StoreOptions } from './common-options.ts';
import { createOutput, type Output, type Streams } from './output.ts';

/** What every verb is given. */
export interface Cli {
  readonly output: Output;
  readonly log: Log;
  readonly clock: Clock;
  readonly env: CliProcess['env'];
  readonly program: CliProcess['program'];
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  openStore(
    options: Pick<StoreOptions, 'store' | 'kmsKey' | 'envelopeKey'> &
      Pick<OpenStoreOptions, 'attempts'>,
  ): Promise<ObjectStore>;
  /** The same store below what seals: see {@link openStoredObjects}. */
  openStored(options: Pick<StoreOptions, 'store' | 'kmsKey'>): Promise<ObjectStore>;
  /** The store, and the lineage that the options name. */
  openLineage(options: StoreOptions): Promise<{ store: ObjectStore; lineage: Lineage }>;
  connection(options: ServerOptions): ConnectionOptions;
  openServer(options: ServerOptions): ClusterServer;
}

/** What the process gives: injected, so that a test runs a verb without a process of its own. */
export interface CliProcess extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** File of this very program, in a checkout or in the image, for what is to start it again. */
  readonly program: string;
  readonly signal: AbortSignal;
}

/** Puts a verb's surroundings together. */
export function createCli(io: CliProcess, json: boolean): Cli {
  const output = createOutput(io, json);
  // A person sees the bar and what went wrong; a machine gets every outcome.
  const log = createLog(output.isTerminal ? 'warn' : 'info');
  const cli: Cli = {
    output,
    log,
    clock: systemClock,
    env: io.env,
    program: io.program,
    signal: io.signal,
    openStore: async ({ store, kmsKey, envelopeKey, attempts }) =>
      openObjectStore(store, { kmsKey, envelopeKey, attempts }),
    openStored: async ({ store, kmsKey }) => openStoredObjects(store, { kmsKey }),
    openLineage: async (options) => {
      const store = await cli.openStore(options);
      const { cluster, lineage } = options;
      return {
        store,
        lineage: await findLineage(store, cluster, { lineage, signal: io.signal }),
      };
    },
    connection: ({ host, port, user }) =>
      readConnection(io.env, {
        ...(host !== undefined && { host }),
        ...(port !== undefined && { port }),
        ...(user !== undefined && { user }),
      }),
    openServer: (options) => openClusterServer(cli.connection(options)),
  };
  return cli;
}
