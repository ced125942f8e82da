import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { socketPath } from '../../lib/core/adapters/postgres/connection.ts';
import { archiveCommand } from '../../lib/core/init/archive-command.ts';
import { until } from '../support/until.ts';
import { archiveStatus } from './archive-status.ts';
import { makeSpool } from './fallback.ts';
import { type ModelAgent, startModelAgent } from './model-agent.ts';
import type { Change, Rows } from './rows.ts';
import type { PreparedTransaction, State } from './state-at.ts';
import { LONG_MS } from './patience.ts';
import type { World } from './world.ts';

/** A transaction that has neither committed nor rolled back. */
export interface OpenTransaction {
  readonly xid: number;
  readonly changes: readonly Change[];
  readonly session: postgres.Sql;
}

/** A server of the history: it runs or not, and archives or not. */
export interface ModelServer extends AsyncDisposable {
  readonly timeline: number;
  readonly dataDirectory: string;
  readonly spool: string;
  readonly attached: AttachedServer;
  /** Committed so far. */
  rows: Rows;
  readonly prepared: Map<string, PreparedTransaction>;
  readonly open: OpenTransaction[];
  agent: ModelAgent | undefined;
  /** The session that everything runs in, one after the other. */
  sql(): postgres.Sql;
  /** Leaves the session to whoever holds it: the next call of `sql` opens another. */
  leaveSession(): void;
  /** SIGKILL; open transactions are lost. */
  kill(): Promise<void>;
  start(): Promise<void>;
  startAgent(mode?: 'standing' | 'take-over'): Promise<void>;
  stopAgent(): Promise<void>;
  /** SIGKILL. */
  killAgent(): Promise<void>;
  /** Ends the segment, and waits as {@link drained}. */
  archiveAll(): Promise<void>;
  /** Waits until PostgreSQL has nothing left to archive; not without an agent. */
  drained(): Promise<void>;
}

/** Nothing here waits for another session: whoever would is stuck. */
const STATEMENT_MS = 60_000;

/** Starts a server that archives, on an existing data directory. */
export async function startModelServer(
  world: World,
  dataDirectory: string,
  { timeline, state }: { readonly timeline: number; readonly state: State },
): Promise<ModelServer> {
  const { instance, lineage } = world;
  const spool = world.place('spool', 'spool');
  await makeSpool(world, { dataDirectory, spool });
  const attached = await attachServer(instance, {
    dataDirectory,
    logFile: world.place('log'),
    settings: { archive_mode: 'on', archive_command: archiveCommand(spool) },
  });
  let sql: postgres.Sql | undefined;
  const server: ModelServer = {
    timeline,
    dataDirectory,
    spool,
    attached,
    rows: state.rows,
    prepared: new Map(state.prepared),
    open: [],
    agent: undefined,
    sql: () => (sql ??= connect(attached)),
    kill: async () => {
      for (const { session } of server.open.splice(0)) await session.end({ timeout: 0 });
      await sql?.end({ timeout: 0 });
      sql = undefined;
      const dying = attached.killNine();
      await releaseArchiveScript(dataDirectory);
      await dying;
    },
    leaveSession: () => {
      sql = undefined;
    },
    start: async () => attached.start(),
    startAgent: async (mode) => {
      server.agent = await startModelAgent(world, server, mode);
    },
    stopAgent: async () => {
      server.agent?.assertAlive();
      await server.agent?.assertSound();
      await server.agent?.stop();
      server.agent = undefined;
    },
    killAgent: async () => {
      await server.agent?.assertSound();
      await server.agent?.kill();
      server.agent = undefined;
    },
    archiveAll: async () => {
      await server.sql()`SELECT pg_switch_wal()`;
      await server.drained();
    },
    drained: async () => {
      if (server.agent === undefined) return;
      // What an open transaction wrote may still finish a segment when the wal writer gets to it.
      await until('every segment that was filled is flushed', async () => {
        const [row] = await server.sql()<{ isFlushed: boolean }[]>`
          SELECT pg_current_wal_flush_lsn() - '0/0'
            >= div(pg_current_wal_insert_lsn() - '0/0', size) * size AS "isFlushed"
            FROM (SELECT ${String(lineage.identity.segmentBytes)}::numeric AS size) AS segment`;
        return row?.isFlushed === true;
      });
      await until(
        'PostgreSQL has nothing to archive',
        async () => {
          server.agent?.assertAlive();
          return (await archiveStatus(dataDirectory)).ready.length === 0;
        },
        LONG_MS,
      );
    },
    [Symbol.asyncDispose]: async () => {
      await server.agent?.kill();
      await server.kill();
      await attached[Symbol.asyncDispose]();
    },
  };
  world.servers.push(server);
  return server;
}

/**
 * An archive script that waits in vain for its agent holds on to the dead server for 10 s; it leaves
 * one that is about to stop much sooner.
 */
async function releaseArchiveScript(dataDirectory: string): Promise<void> {
  const path = join(dataDirectory, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text !== '') await writeFile(path, text.replace(/^ready *$/m, 'stopping'));
}

/** A session on `server`'s socket. */
export function connect({ connection }: AttachedServer, name = 'model'): postgres.Sql {
  const { host, port, user, database } = connection;
  return postgres({
    path: socketPath(host, port),
    user,
    database,
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { statement_timeout: STATEMENT_MS, application_name: name },
  });
}
