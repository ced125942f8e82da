import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { startAgentProcess } from '../../test/support/agent-process.ts';
import { HOLDFAST, NODE } from '../../test/support/checkout.ts';
import { until } from '../../test/support/until.ts';
import type { BenchCluster } from '../cluster/bench-cluster.ts';
import { makeOwnedFolder } from '../machine/owned-folder.ts';
import { type Command, runCommand } from './command.ts';
import type { S3Server } from './s3-server.ts';
import type { FullProtection, Tool } from './tool.ts';

/** Name in the tables. */
export const HOLDFAST_NAME = 'holdfast';
const CLUSTER = 'bench';
/** A day: no segment ends by itself. */
const ARCHIVE_TIMEOUT_SEC = '86400';
const LONG_MS = 600_000;
/** As `npm run holdfast` starts it. */
const NODE_WORDS = ['--max-semi-space-size=8', HOLDFAST];

/** This engine, started as its operators start it, with a store in a folder. */
export const holdfastTool: Tool<FullProtection> = {
  name: HOLDFAST_NAME,
  version: manifest.version,
  protect: async (cluster, directory, signal) => {
    const folder = await makeOwnedFolder(join(directory, 'store'));
    const store = { url: pathToFileURL(folder).href, environment: {} };
    return protect(cluster, directory, store, signal);
  },
};

/** The same with a store in a new bucket of an S3 server. */
export function holdfastOverS3(server: S3Server): Tool<FullProtection> {
  return {
    name: HOLDFAST_NAME,
    version: manifest.version,
    protect: async (cluster, directory, signal) => {
      const store = { url: await server.makeBucket(), environment: server.environment };
      return protect(cluster, directory, store, signal);
    },
  };
}

/** Where backups go, and what programs need in their environment to reach it. */
interface StorePlace {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
}

async function protect(
  cluster: BenchCluster,
  directory: string,
  store: StorePlace,
  signal: AbortSignal,
): Promise<FullProtection> {
  const { server, owner } = cluster;
  const spool = join(directory, 'spool');
  const place = ['--store', store.url, '--cluster', CLUSTER];
  const environment = { ...libpqEnvironment(server.connection), ...store.environment };
  const holdfast = (...words: readonly string[]): Command => {
    return { program: NODE, args: [...NODE_WORDS, ...words], environment };
  };
  const init = ['init', ...place, '--spool', spool, '--archive-timeout', ARCHIVE_TIMEOUT_SEC];
  await runCommand(holdfast(...init), owner, signal);
  const archiveCommand = await cluster.sql('SHOW archive_command');
  await cluster.set('archive_command', '');
  const agentPlace = [...place, '--spool', spool, '--data-dir', server.dataDirectory];
  return {
    archiveCommand,
    startBeside: async () => {
      const agent = startAgentProcess({
        words: [...NODE_WORDS, 'agent', ...agentPlace],
        logFile: join(directory, 'agent.log'),
        owner,
        environment: store.environment,
      });
      await until('the agent beats', async () => exists(join(spool, 'heartbeat')));
      return {
        pids: new Set([agent.pid]),
        [Symbol.asyncDispose]: async () => void (await agent.stop()),
      };
    },
    shipAhead: async (names) => {
      await until(
        'the agent has acknowledged all',
        async () => (await countBelow(join(spool, 'acknowledged'))) >= names.length,
        LONG_MS,
      );
    },
    backup: holdfast('backup', ...place),
    restore: (dataDirectory, to) => {
      const target = ['--to', to, '--data-dir', dataDirectory];
      return holdfast('recover', ...place, ...target, '--execute', '--json');
    },
    restoreReplays: true,
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Files in all directories below `path`, a spool's acknowledgements for one. */
async function countBelow(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}
