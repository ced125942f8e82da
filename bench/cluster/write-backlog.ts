import type { BenchCluster } from './bench-cluster.ts';
import type { DataKind } from './data-kind.ts';
import { copyRandomRows, fillDatabase } from './fill-database.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
/** Starting size of pgbench's tables: small beside the WAL that its transactions write. */
const TABLES_BYTES = 200_000_000;
const CLIENTS = '4';
const SECONDS = '3';

/** Keeps all WAL, holds the archiver, and lets transactions pass without waiting for the disk. */
export const BACKLOG_SETTINGS = {
  archive_command: '',
  wal_keep_size: '64GB',
  synchronous_commit: 'off',
};

/**
 * Lets a server with {@link BACKLOG_SETTINGS} write WAL until `segments` whole segments wait for
 * archiving: transactions of pgbench, or rows that do not compress.
 */
export async function writeBacklog(
  cluster: BenchCluster,
  kind: DataKind,
  segments: number,
): Promise<void> {
  const tables = Math.min(TABLES_BYTES, (segments * SEGMENT_BYTES) / 4);
  await fillDatabase(cluster, kind, tables);
  for (;;) {
    const missing = segments - (await cluster.ready()).length;
    if (missing <= 0) break;
    if (kind === 'random') await copyRandomRows(cluster, missing * SEGMENT_BYTES);
    // Each checkpoint makes the next changes write whole pages, as they do in production.
    else await runTransactions(cluster);
  }
  await cluster.sql('CHECKPOINT');
}

async function runTransactions(cluster: BenchCluster): Promise<void> {
  await cluster.sql('CHECKPOINT');
  await cluster.server.run('pgbench', ['-n', '-c', CLIENTS, '-j', '2', '-T', SECONDS]);
}
