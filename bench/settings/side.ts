import { loadavg } from 'node:os';
import { join } from 'node:path';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { PgbenchRun } from './report.ts';

/** What is compared: a data directory of its own, and what its server is started with. */
export interface Side {
  readonly name: 'initdb' | 'formula';
  readonly directory: string;
  /** Above its own postgresql.conf. */
  readonly settings: Readonly<Record<string, string>>;
}

/** One kind of work. */
export interface Work {
  readonly name: string;
  readonly options: readonly string[];
}

/** How one run is made. */
export interface RunOptions {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export const CLIENTS = 8;
const THREADS = 2;
const WARM_UP_SEC = 15;
const MARGIN_MS = 120_000;

/** Starts the side's server, warms it up, begins with a checkpoint, and measures. The server is gone then. */
export async function runPgbench(
  instance: PostgresInstance,
  { directory, settings }: Side,
  work: Work,
  { seconds, signal }: RunOptions,
): Promise<PgbenchRun> {
  await using server = await attachServer(instance, {
    dataDirectory: join(directory, 'data'),
    logFile: join(directory, 'server.log'),
    settings,
    readyTimeoutMs: MARGIN_MS,
  });
  const pgbench = async (forSec: number): Promise<string> => {
    const clients = ['-n', '-c', String(CLIENTS), '-j', String(THREADS), '-T', String(forSec)];
    const timeoutMs = forSec * 1_000 + MARGIN_MS;
    return server.run('pgbench', [...clients, ...work.options], { timeoutMs, signal });
  };
  const sql = async (statement: string): Promise<string> =>
    server.run('psql', ['-XAtq', '-c', statement], { timeoutMs: MARGIN_MS, signal });
  await pgbench(WARM_UP_SEC);
  await sql('CHECKPOINT');
  const [load = 0] = loadavg();
  const before = await sql('SELECT pg_current_wal_lsn()');
  const printed = await pgbench(seconds);
  const walBytes = Number(
    await sql(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '${before.trim()}')`),
  );
  return {
    transactionsPerSec: figure(printed, /^tps = ([\d.]+)/m),
    walBytesPerTransaction:
      walBytes / figure(printed, /^number of transactions actually processed: (\d+)/m),
    load,
  };
}

function figure(printed: string, pattern: RegExp): number {
  const text = pattern.exec(printed)?.[1];
  if (text === undefined) throw new Error(`pgbench has printed no ${pattern.source}: ${printed}`);
  return Number(text);
}
