import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { type BenchCluster, startBenchCluster } from './bench-cluster.ts';
import type { DataKind } from './data-kind.ts';
import { fillDatabase } from './fill-database.ts';

/** Tables that are new are written without WAL, and nothing waits for the disk. */
const WHILE_FILLING = {
  wal_level: 'minimal',
  max_wal_senders: '0',
  archive_mode: 'off',
  fsync: 'off',
};
const AFTERWARDS = {
  wal_level: 'replica',
  max_wal_senders: '10',
  archive_mode: 'on',
  archive_command: '',
  fsync: 'on',
};

/** A server with about `bytes` of data, ready to be archived and backed up by whichever tool. */
export async function startFilledCluster(
  instance: PostgresInstance,
  directory: string,
  kind: DataKind,
  bytes: number,
): Promise<BenchCluster> {
  await using cleanup = new AsyncDisposableStack();
  const cluster = cleanup.use(await startBenchCluster(instance, directory, WHILE_FILLING));
  await fillDatabase(cluster, kind, bytes);
  for (const [name, value] of Object.entries(AFTERWARDS)) await cluster.set(name, value);
  await cluster.server.restart();
  cleanup.move();
  return cluster;
}
