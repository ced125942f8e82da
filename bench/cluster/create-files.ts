import type { BenchCluster } from './bench-cluster.ts';

/** Each table locks itself until its transaction ends, and the lock table has room for some thousand. */
const TABLES_PER_TRANSACTION = 1_000;

/** Creates tables of one page each until the server has about `files` more files. */
export async function createFiles(cluster: BenchCluster, files: number): Promise<void> {
  for (let first = 0; first < files; first += TABLES_PER_TRANSACTION) {
    const last = Math.min(files, first + TABLES_PER_TRANSACTION) - 1;
    await cluster.sql(
      `DO $$ BEGIN
         FOR i IN ${first}..${last} LOOP EXECUTE format('CREATE TABLE small_%s AS SELECT 1', i); END LOOP;
       END $$`,
    );
  }
  await cluster.sql('CHECKPOINT');
}
