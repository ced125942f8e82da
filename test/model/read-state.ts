import type postgres from 'postgres';
import type { Rows } from './rows.ts';

/** What a database really holds. */
export interface ActualState {
  readonly rows: Rows;
  readonly prepared: readonly string[];
}

/** Reads every table whole. */
export async function readState(sql: postgres.Sql): Promise<ActualState> {
  const tables = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  const rows = new Map<string, ReadonlyMap<number, string>>();
  for (const { name } of tables) {
    const content = await sql<{ id: number; payload: string }[]>`
      SELECT id, payload FROM ${sql(name)} ORDER BY id`;
    rows.set(name, new Map(content.map(({ id, payload }) => [id, payload])));
  }
  const prepared = await sql<{ gid: string }[]>`SELECT gid FROM pg_prepared_xacts ORDER BY gid`;
  return { rows, prepared: prepared.map(({ gid }) => gid) };
}
