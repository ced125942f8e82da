import { z } from 'zod';
import { bytes } from '../../doctor/amounts.ts';
import type { Look } from '../part.ts';
import { nameOf } from '../scrub.ts';

/** Told in one line. */
const MOST_DATABASES = 2;

/** What takes room besides tables: WAL, what slots keep of it, and temporary files. */
export const ROOM_SQL = `
  SELECT 'pg_wal' AS kind, '' AS name, coalesce(sum(size), 0)::float8 AS bytes FROM pg_ls_waldir()
  UNION ALL
  SELECT 'temporary files', '', coalesce(sum(size), 0)::float8 FROM pg_ls_tmpdir()
  UNION ALL
  SELECT * FROM (
    SELECT 'slot', slot_name::text,
           pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                                ELSE pg_current_wal_lsn() END, restart_lsn)::float8 AS retained
      FROM pg_replication_slots
     WHERE restart_lsn IS NOT NULL
     ORDER BY retained DESC NULLS LAST
     LIMIT 1) slot
   WHERE retained IS NOT NULL`;

/** By itself: the server asks the disk for the size of every file. */
export const DATABASES_SQL = `
  SELECT 'database' AS kind, datname::text AS name, pg_database_size(oid)::float8 AS bytes
    FROM pg_database
   WHERE datallowconn
   ORDER BY bytes DESC
   LIMIT 10`;

const Filler = z.object({ kind: z.string(), name: z.string(), bytes: z.number() });

/**
 * What the rows of {@link ROOM_SQL} and of {@link DATABASES_SQL} come to.
 *
 * @param databases - the rows, or why there are none.
 */
export function diskLook(room: readonly unknown[], databases: readonly unknown[] | string): Look {
  const fillers = z.array(Filler).parse(room);
  const sizes = typeof databases === 'string' ? databases : z.array(Filler).parse(databases);
  const sorted = fillers.map((one) =>
    one.kind === 'slot'
      ? `slot ${nameOf(one.name)} keeps ${bytes(one.bytes)} of WAL`
      : `${one.kind} ${bytes(one.bytes)}`,
  );
  const tables =
    typeof sizes === 'string'
      ? [`databases not measured: ${sizes}`]
      : sizes
          .slice(0, MOST_DATABASES)
          .map((one) => `database ${nameOf(one.name)} ${bytes(one.bytes)}`);
  const rows = [...fillers, ...(typeof sizes === 'string' ? [] : sizes)];
  return {
    says: [...sorted, ...tables].join(', '),
    rows: rows.map((one) => ({ ...one, name: nameOf(one.name) })),
  };
}
