import { z } from 'zod';
import { span } from '../../doctor/amounts.ts';
import type { Look } from '../part.ts';
import { nameOf } from '../scrub.ts';

const MOST = 5;

/**
 * Who keeps the oldest rows from being cleaned up.
 *
 * @see https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
 */
export const HORIZON_SQL = `
  SELECT * FROM (
    SELECT 'session' AS kind, pid::text AS name, coalesce(usename, '')::text AS role,
           coalesce(datname, '')::text AS database, coalesce(state, backend_type, '')::text AS state,
           greatest(age(backend_xid), age(backend_xmin)) AS age,
           coalesce(extract(epoch FROM clock_timestamp() - xact_start), 0)::float8 AS sec
      FROM pg_stat_activity
     WHERE (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL) AND pid <> pg_backend_pid()
    UNION ALL
    SELECT 'prepared transaction', transaction::text, owner::text, database::text, '', age(transaction),
           extract(epoch FROM clock_timestamp() - prepared)::float8
      FROM pg_prepared_xacts
    UNION ALL
    SELECT 'slot', slot_name::text, '', coalesce(database, '')::text,
           CASE WHEN active THEN 'active' ELSE 'inactive' END,
           greatest(age(xmin), age(catalog_xmin)), 0
      FROM pg_replication_slots
     WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL) holders
   ORDER BY age DESC
   LIMIT ${MOST}`;

const Holder = z.object({
  kind: z.enum(['session', 'prepared transaction', 'slot']),
  name: z.string(),
  role: z.string(),
  database: z.string(),
  state: z.string(),
  age: z.number(),
  sec: z.number(),
});
type Holder = z.output<typeof Holder>;

/** What the rows of {@link HORIZON_SQL} come to. */
export function horizonLook(rows: readonly unknown[]): Look {
  const holders = z.array(Holder).parse(rows);
  const [oldest] = holders;
  if (oldest === undefined) return { says: 'nobody holds back vacuum' };
  return {
    says: `${holderWords(oldest)}, ${oldest.age} transactions old`,
    rows: holders.map((one) => ({
      ...one,
      name: nameOf(one.name),
      role: nameOf(one.role),
      database: nameOf(one.database),
    })),
    next: NEXT[oldest.kind](oldest),
  };
}

const NEXT: Readonly<Record<Holder['kind'], (holder: Holder) => string>> = {
  session: ({ name }) => `SELECT pg_terminate_backend(${name})`,
  'prepared transaction': () => 'SELECT gid, owner, database FROM pg_prepared_xacts',
  slot: () => 'SELECT slot_name, active, xmin, catalog_xmin FROM pg_replication_slots',
};

function holderWords({ kind, name, role, database, state, sec }: Holder): string {
  const since = sec > 0 ? ` for ${span(sec)}` : '';
  if (kind === 'session') {
    return `pid ${name} (${nameOf(role)} in ${nameOf(database)}), ${state}${since}`;
  }
  if (kind === 'slot') return `slot ${nameOf(name)}, ${state}`;
  return `prepared transaction ${name} of ${nameOf(role)} in ${nameOf(database)}${since}`;
}
