import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import { runInit } from '../../lib/core/init/run-init.ts';
import type { ClusterServer } from '../../lib/core/ports/cluster-server.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { type Lineage, resolveLineage } from '../../lib/core/store/lineage.ts';
import type { Cli } from '../cli/cli.ts';

/** A throwaway server under protection: prepared, archiving to a folder store, its agent running. */
export interface ProtectedServer extends AsyncDisposable {
  readonly server: AttachedServer;
  readonly sql: ClusterServer;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Ends the agent, if it still runs. */
  stopAgent(): Promise<void>;
}

const CLUSTER = 'demo';
/** Short, so that the demo need not wait a minute for a segment to end. */
const ARCHIVE_TIMEOUT_SEC = 2;
const AGENT_STOP_MS = 15_000;

/** Makes a server in `directory` and puts it under protection, as an operator would. */
export async function startProtectedServer(
  instance: PostgresInstance,
  directory: string,
  { program, signal }: Pick<Cli, 'program' | 'signal'>,
): Promise<ProtectedServer> {
  await using cleanup = new AsyncDisposableStack();
  const server = cleanup.use(
    await createThrowawayServer(instance, { directory: join(directory, 'server') }),
  );
  const storeDirectory = join(directory, 'store');
  await mkdir(storeDirectory, { mode: 0o700 });
  const storeUrl = pathToFileURL(storeDirectory).href;
  const spool = join(directory, 'spool');
  const store = await openObjectStore(storeUrl);
  const sql = cleanup.use(openClusterServer(server.connection));
  await using setup = openClusterSetup(server.connection);
  await runInit(
    {
      cluster: CLUSTER,
      spool,
      archiveTimeoutSec: ARCHIVE_TIMEOUT_SEC,
      newLineage: false,
      check: false,
    },
    { server: sql, setup, store, spools: folderSpoolMaker, clock: systemClock, signal },
  );
  await server.restart();
  const agent = execa(
    process.execPath,
    [
      program,
      'agent',
      '--store',
      storeUrl,
      '--cluster',
      CLUSTER,
      '--spool',
      spool,
      '--data-dir',
      server.dataDirectory,
    ],
    {
      stdio: ['ignore', 'ignore', { file: join(directory, 'agent.log') }],
      // A killed agent is part of the story; how it ended is in its log.
      reject: false,
      forceKillAfterDelay: AGENT_STOP_MS,
    },
  );
  const stopAgent = async (): Promise<void> => {
    agent.kill('SIGTERM');
    await agent;
  };
  cleanup.defer(stopAgent);
  const lineage = await resolveLineage(store, CLUSTER, { signal });
  const owned = cleanup.move();
  return {
    server,
    sql,
    store,
    lineage,
    stopAgent,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}
