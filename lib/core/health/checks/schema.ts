import { z } from 'zod';
import { type DatabaseCheck, databaseCheck } from '../check.ts';
import { MaybeText, Num, Text } from '../columns.ts';
import { ok } from '../judgement.ts';
import { fewest } from '../ticket.ts';

const MOST = 100;

/** Checks of how tables are made. */
export const SCHEMA_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    id: 'C15',
    name: 'missing-keys',
    tier: 'C',
    group: 'schema',
    about: 'a report: foreign keys without an index, tables without a primary key',
    needs: 'nothing but PUBLIC’s rights',
    look: `SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f' ORDER BY 1`,
    source: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
    everyMinutes: 60,
    atMinute: 37,
    query: () => `
      SELECT format('%I.%I', n.nspname, k.relname) AS "table", k.key, k.bytes
        FROM (
          (SELECT c.relnamespace, c.relname, f.conname::text AS key,
                  c.relpages::bigint * current_setting('block_size')::int AS bytes
             FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
            WHERE f.contype = 'f' AND f.conparentid = 0
              AND NOT EXISTS (
                SELECT FROM pg_index i
                 WHERE i.indrelid = f.conrelid AND i.indisvalid AND i.indpred IS NULL
                   AND (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey)
            ORDER BY c.relpages DESC, c.oid LIMIT ${MOST})
          UNION ALL
          (SELECT c.relnamespace, c.relname, NULL, c.relpages::bigint * current_setting('block_size')::int
             FROM pg_class c
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
              AND c.oid >= 16384
              AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
            ORDER BY c.relpages DESC, c.oid LIMIT ${MOST})) k
        JOIN pg_namespace n ON n.oid = k.relnamespace
       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       ORDER BY k.bytes DESC`,
    row: z.object({ table: Text, key: MaybeText, bytes: Num }),
    judge: (rows) => {
      const largest = rows.toSorted((a, b) => b.bytes - a.bytes);
      const keys = rows.filter(({ key }) => key !== null).length;
      return ok(
        `${keys} foreign keys without an index, ${rows.length - keys} tables without a key`,
        {
          ...fewest(
            largest.map(({ database, table, key }) => ({
              subject: `${database}: ${table}`,
              says:
                key === null
                  ? 'no primary key: its rows cannot be replicated logically'
                  : `no index for ${key}: each row that goes on the other side reads the table`,
            })),
          ),
        },
      );
    },
  }),
];
