import { createInterface } from 'node:readline';
import type postgres from 'postgres';

/** Tables of pgbench, whose rows are compared as they were at the noted moment. */
const PGBENCH_TABLES = [
  'pgbench_accounts',
  'pgbench_branches',
  'pgbench_history',
  'pgbench_tellers',
] as const;

/** Every row of each table as PostgreSQL's COPY writes it, in one order for all servers. */
export type TableSnapshot = ReadonlyMap<string, readonly string[]>;

/** Reads every row of pgbench's tables; the caller has stopped whoever writes to them. */
export async function snapshotTables(sql: postgres.Sql): Promise<TableSnapshot> {
  const snapshot = new Map<string, readonly string[]>();
  for (const table of PGBENCH_TABLES) {
    const copy = sql`COPY (SELECT * FROM ${sql(table)} AS t ORDER BY t.* USING <) TO STDOUT`;
    const lines = createInterface({ input: await copy.readable(), crlfDelay: Infinity });
    snapshot.set(table, await Array.fromAsync(lines));
  }
  return snapshot;
}
