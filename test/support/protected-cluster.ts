import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { type FileOwner, serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { type Lineage, resolveLineage } from '../../lib/core/store/lineage.ts';
import { type AgentProcess, startAgentProcess } from './agent-process.ts';
import type { SlowAgentOptions } from './slow-agent.ts';
import { HOLDFAST, NODE, SLOW_AGENT } from './checkout.ts';
import { startTestServer } from './cluster-template.ts';
import { makeTestStore } from './test-store.ts';
import { until } from './until.ts';

/** After three failures the archiver pauses for a minute: PGARCH_AUTOWAKE_INTERVAL. */
const ARCHIVER_PAUSE_MS = 90_000;

/** A server, a spool and a store (see test-store.ts), prepared by `holdfast init`. */
export interface ProtectedCluster extends AsyncDisposable {
  readonly instance: PostgresInstance;
  readonly directory: string;
  readonly server: AttachedServer;
  /** Only where the store is a folder. */
  readonly storeDirectory: string;
  readonly storeUrl: string;
  readonly store: ObjectStore;
  readonly spool: string;
  /** Account that `holdfast` runs as. */
  readonly account: FileOwner | undefined;
  lineage(): Promise<Lineage>;
  sql(statement: string): Promise<string>;
  /** Writes and ends `count` segments; gives the name of the last. */
  writeSegments(count: number): Promise<string>;
  /** Names that PostgreSQL still waits for. */
  ready(): Promise<readonly string[]>;
  /** Waits until PostgreSQL has nothing left to archive. */
  drained(): Promise<void>;
  /** Failed attempts that PostgreSQL has counted. */
  failedCount(): Promise<number>;
  /** Runs `holdfast` with these words. */
  holdfast(words: readonly string[]): Promise<HoldfastEnding>;
  /** `init` with the store, cluster and spool of this cluster, then `more`. */
  init(more?: readonly string[]): Promise<HoldfastEnding>;
  /** Starts the agent, which the end of the test kills; `more` may overrule its options. */
  startAgent(more?: readonly string[]): AgentProcess;
  /** Starts an agent whose store takes its time, see slow-agent.ts. */
  startSlowAgent(delayMs: SlowAgentOptions['delayMs']): AgentProcess;
  /** The words after `holdfast agent`. */
  agentWords(): readonly string[];
}

/** How a command of `holdfast` ended. */
export interface HoldfastEnding {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a test wants its cluster. */
export interface ProtectedOptions {
  /** Above the defaults, in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly walSegmentMegabytes?: number;
  /** Whether `holdfast` runs as the server's account, not as the test's. @default false */
  readonly asServer?: boolean;
  /** Whether `init` is run and the server restarted. @default true */
  readonly prepared?: boolean;
  /** Name of the spool in the cluster's directory. @default 'spool' */
  readonly spoolName?: string;
}

/** Id of every test's cluster. */
export const CLUSTER = 'orders';
/** WAL stays, so that the store can be compared with it; nothing but the test ends a segment. */
const SETTINGS = { wal_keep_size: '256MB', synchronous_commit: 'off', autovacuum: 'off' };
/** A day: no segment ends by itself. */
const ARCHIVE_TIMEOUT_SEC = '86400';

/** Makes a cluster; everything goes when it is disposed. */
export async function startProtectedCluster(
  options: ProtectedOptions = {},
): Promise<ProtectedCluster> {
  await using cleanup = new AsyncDisposableStack();
  const instance = await findPostgres();
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-protected-'));
  // A one-shot push outlives the archiver that called it.
  cleanup.defer(async () => rm(directory, { recursive: true, force: true, maxRetries: 9 }));
  const account = serverOwner();
  if (account !== undefined) await chown(directory, account.uid, account.gid);
  const server = await startTestServer(instance, {
    directory: join(directory, 'server'),
    settings: { ...SETTINGS, ...options.settings },
    walSegmentMegabytes: options.walSegmentMegabytes ?? 1,
  });
  // Nothing in it is needed at the end, so it is not worth a shutdown and its last segment.
  cleanup.defer(async () => {
    await server.killNine();
    await server[Symbol.asyncDispose]();
  });
  const owner: FileOwner | undefined = options.asServer === true ? account : undefined;
  const { url: storeUrl, store } = cleanup.use(await makeTestStore({ directory, owner }));
  const spool = join(directory, options.spoolName ?? 'spool');
  const place = ['--store', storeUrl, '--cluster', CLUSTER, '--spool', spool];
  const agents: AgentProcess[] = [];
  cleanup.defer(async () => {
    for (const agent of agents) await agent.killNine();
  });
  const start = (words: readonly string[]): AgentProcess => {
    const agent = startAgentProcess({
      words,
      logFile: join(directory, `agent-${agents.length}.log`),
      owner,
    });
    agents.push(agent);
    onTestFinished(async () => agent.killNine());
    return agent;
  };

  const cluster: ProtectedCluster = {
    instance,
    directory,
    server,
    get storeDirectory() {
      return fileURLToPath(storeUrl);
    },
    storeUrl,
    store,
    spool,
    account: owner,
    lineage: async () => resolveLineage(store, CLUSTER),
    sql: async (statement) =>
      server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]),
    writeSegments: async (count) => {
      await cluster.sql(
        `SELECT pg_logical_emit_message(false, 'test', repeat(md5(i::text), 1000)), pg_switch_wal()
           FROM generate_series(1, ${count}) i`,
      );
      return cluster.sql('SELECT pg_walfile_name(pg_switch_wal() - 1)');
    },
    ready: async () => {
      const names = await readdir(join(server.dataDirectory, 'pg_wal', 'archive_status'));
      return names
        .filter((name) => name.endsWith('.ready'))
        .map((name) => name.slice(0, -'.ready'.length))
        .sort();
    },
    drained: async () => {
      const isDrained = async (): Promise<boolean> => (await cluster.ready()).length === 0;
      await until('PostgreSQL has nothing to archive', isDrained, ARCHIVER_PAUSE_MS);
    },
    failedCount: async () => Number(await cluster.sql('SELECT failed_count FROM pg_stat_archiver')),
    holdfast: async (words) => {
      const { exitCode, stdout, stderr } = await execa(NODE, [HOLDFAST, ...words], {
        cwd: '/',
        env: libpqEnvironment(server.connection),
        reject: false,
        stdin: 'ignore',
        ...owner,
      });
      return { exitCode, stdout, stderr };
    },
    init: async (more = []) =>
      cluster.holdfast(['init', ...place, '--archive-timeout', ARCHIVE_TIMEOUT_SEC, ...more]),
    startAgent: (more = []) => start([HOLDFAST, 'agent', ...cluster.agentWords(), ...more]),
    startSlowAgent: (delayMs) => {
      const where = { store: storeUrl, cluster: CLUSTER, spool, dataDir: server.dataDirectory };
      return start([SLOW_AGENT, JSON.stringify({ ...where, delayMs } satisfies SlowAgentOptions)]);
    },
    agentWords: () => [...place, '--data-dir', server.dataDirectory],
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
  if (options.prepared ?? true) {
    const { exitCode, stderr } = await cluster.init();
    if (exitCode !== 0) throw new Error(`init ended with ${exitCode}: ${stderr}`);
    await server.restart();
  }
  const owned = cleanup.move();
  return cluster;
}
