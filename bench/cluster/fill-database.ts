import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import type { BenchCluster } from './bench-cluster.ts';
import type { DataKind } from './data-kind.ts';
import { randomRows } from './random-rows.ts';

/** What one unit of pgbench's scale takes on disk, its index included. */
const BYTES_PER_PGBENCH_SCALE = 15_600_000;
const CREATE = 'CREATE TABLE IF NOT EXISTS filler (id int8, payload bytea)';
const COPY = 'COPY filler FROM STDIN (FORMAT binary)';
/** A table that is there already is nothing to speak of. */
const QUIET = '-c client_min_messages=warning';
const LONG_MS = 3_600_000;

/** Fills a new database with about `bytes` of tables and indexes, and flushes it. */
export async function fillDatabase(
  cluster: BenchCluster,
  kind: DataKind,
  bytes: number,
): Promise<void> {
  if (kind === 'pgbench') {
    const scale = Math.max(1, Math.round(bytes / BYTES_PER_PGBENCH_SCALE));
    await cluster.server.run('pgbench', ['-i', '-q', '-s', String(scale)], { timeoutMs: LONG_MS });
  } else {
    await copyRandomRows(cluster, bytes);
  }
  await cluster.sql('CHECKPOINT');
}

/** Adds about `bytes` of rows that do not compress to the table `filler`, made if absent. */
export async function copyRandomRows(cluster: BenchCluster, bytes: number): Promise<void> {
  const { connection } = cluster.server;
  const child = spawn(
    join(cluster.instance.binDirectory, 'psql'),
    // In one transaction: with wal_level=minimal a new table is then written without WAL.
    ['-Xq1', '-v', 'ON_ERROR_STOP=1', '-c', CREATE, '-c', COPY],
    {
      env: { ...process.env, ...libpqEnvironment(connection), PGOPTIONS: QUIET },
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  const ended = once(child, 'exit');
  await pipeline(Readable.from(randomRows(bytes)), child.stdin);
  const [exitCode] = await ended;
  if (exitCode !== 0) throw new Error(`psql ended with ${String(exitCode)} while it copied rows`);
}
