import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { type DatabaseCheck, databaseCheck, type InDatabase } from '../check.ts';
import { MaybeNum, Num, Text } from '../columns.ts';
import type { Finding } from '../judgement.ts';
import { waiting } from '../judgement.ts';
import { growth, type Sample } from '../known.ts';
import { fewest, uncounted } from '../ticket.ts';

/** Share of a table's rows that may have changed since it was analyzed; autovacuum waits for half of it. */
const STALE_PERCENT = 20;
/** Rows changed or read, of which a table's statistics are worth a look. */
const SOME_ROWS = 10_000;
const MOST_TABLES = 100;
/** Updates of which a share says something. */
const FEW_UPDATES = 1_000;
/** Share of updates in place that used to be, below which there is nothing to lose. */
const USUAL_PERCENT = 20;
/** Version that counts updates which had to go to another page. */
const NEW_PAGE = 16;
/** Databases whose counters are kept. */
const MOST_DATABASES = 50;
const ABOUT = { tier: 'C', group: 'vacuum', needs: 'track_counts' } as const;

const UpdateRow = z.object({ updates: Num, hot: Num, elsewhere: MaybeNum });

/** Checks of what the planner knows of tables, and of how they are updated. */
export const STATISTICS_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    ...ABOUT,
    id: 'C9',
    name: 'stale-statistics',
    about: 'the planner knows of every table in use what is in it',
    look: 'SELECT relid::regclass, n_mod_since_analyze, n_live_tup, last_analyze, last_autoanalyze FROM pg_stat_user_tables ORDER BY n_mod_since_analyze DESC LIMIT 10',
    source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS',
    everyMinutes: 5,
    atMinute: 2,
    query: (server) => uncounted(server) ?? STALE,
    row: z.object({ table: Text, kind: z.enum(['stale', 'never', 'parent']), rows: Num }),
    judge: (rows) => ({
      standing: rows.length > 0 ? 'warn' : 'ok',
      says: `${count(rows.length, 'table')} with statistics of other times, or none`,
      values: { [Metric.VACUUM_TROUBLES]: rows.length > 0 ? 1 : 0 },
      ...fewest(
        rows.map(({ database, table, kind, rows: number }) => ({
          subject: `${database}: ${table}`,
          says: STALENESS[kind](number),
        })),
      ),
    }),
  }),
  databaseCheck({
    ...ABOUT,
    id: 'C11',
    name: 'updates-in-place',
    about: 'as many updates as usual leave the indexes alone',
    look: 'SELECT relid::regclass, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables ORDER BY n_tup_upd - n_tup_hot_upd DESC LIMIT 10',
    source: 'https://www.postgresql.org/docs/current/storage-hot.html',
    everyMinutes: 5,
    atMinute: 3,
    query: (server) => uncounted(server) ?? updates(server.major),
    row: UpdateRow,
    judge: (rows, { before }) => {
      const counters = Object.fromEntries(
        rows.slice(0, MOST_DATABASES).flatMap(({ database, updates: all, hot }) => [
          [`updates.${database}`, all],
          [`hot.${database}`, hot],
        ]),
      );
      if (before === undefined) return waiting(counters);
      const worse = rows.flatMap((row) => lossOf(row, before) ?? []);
      return {
        standing: worse.length > 0 ? 'warn' : 'ok',
        says:
          worse.length > 0
            ? `in ${count(worse.length, 'database')} updates write far more to indexes than they used to`
            : 'no fewer updates in place than usual',
        values: { [Metric.VACUUM_TROUBLES]: worse.length > 0 ? 1 : 0 },
        counters,
        ...fewest(worse),
      };
    },
  }),
];

const STALENESS = {
  stale: (rows: number): string => `${rows} rows changed since it was analyzed`,
  never: (rows: number): string => `never analyzed, though ${rows} rows were read or changed`,
  parent: (rows: number): string =>
    `never analyzed, and autovacuum never does that for a table with partitions; they have ${rows} rows`,
} as const;

/**
 * Of a table that was never analyzed `reltuples` is below 0; when that was done last is lost with the server's counts
 * after a crash. Its size would tell more than its use, and would have to wait for whoever has it locked.
 */
const STALE = `
  WITH used AS MATERIALIZED (
    SELECT oid, relname, relnamespace, relkind, reltuples,
           pg_stat_get_mod_since_analyze(oid) AS changed,
           CASE WHEN reltuples < 0
                THEN pg_stat_get_tuples_returned(oid) + pg_stat_get_tuples_fetched(oid) END AS read
      FROM pg_class WHERE relkind IN ('r', 'm', 'p') AND relpersistence <> 't'),
  found AS (
    SELECT u.relname, u.relnamespace, 'never' AS kind, greatest(u.changed, u.read) AS rows
      FROM used u WHERE u.relkind <> 'p' AND u.reltuples < 0 AND greatest(u.changed, u.read) > ${SOME_ROWS}
    UNION ALL
    SELECT u.relname, u.relnamespace, 'stale', u.changed
      FROM used u
     WHERE u.relkind <> 'p' AND u.reltuples >= 0
       AND u.changed > greatest(${SOME_ROWS}, u.reltuples * ${STALE_PERCENT} / 100)
    UNION ALL
    SELECT u.relname, u.relnamespace, 'parent', sum(part.reltuples)::bigint
      FROM used u
      JOIN pg_inherits i ON i.inhparent = u.oid
      JOIN pg_class part ON part.oid = i.inhrelid AND part.reltuples > 0
     WHERE u.relkind = 'p' AND u.reltuples < 0
     GROUP BY 1, 2 HAVING sum(part.reltuples) > ${SOME_ROWS})
  SELECT format('%I.%I', n.nspname, f.relname) AS "table", f.kind, f.rows
    FROM found f JOIN pg_namespace n ON n.oid = f.relnamespace
   WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   ORDER BY f.rows DESC LIMIT ${MOST_TABLES}`;

function updates(major: number): string {
  const elsewhere =
    major >= NEW_PAGE
      ? 'coalesce(sum(pg_stat_get_tuples_newpage_updated(oid)), 0)'
      : 'NULL::bigint';
  return `
    SELECT coalesce(sum(pg_stat_get_tuples_updated(oid)), 0) AS updates,
           coalesce(sum(pg_stat_get_tuples_hot_updated(oid)), 0) AS hot,
           ${elsewhere} AS elsewhere
      FROM pg_class WHERE relkind IN ('r', 'm')`;
}

/** What a database has lost, were it less than half of what it had; `undefined` when it has not, or nobody knows. */
function lossOf(
  { database, updates: all, hot, elsewhere }: InDatabase<z.output<typeof UpdateRow>>,
  before: Sample,
): Finding | undefined {
  const newUpdates = growth(before, `updates.${database}`, all);
  const newHot = growth(before, `hot.${database}`, hot);
  if (newUpdates === undefined || newHot === undefined || newUpdates < FEW_UPDATES)
    return undefined;
  const past = all - newUpdates;
  if (past < FEW_UPDATES) return undefined;
  const usual = (100 * (hot - newHot)) / past;
  const recent = (100 * newHot) / newUpdates;
  if (usual < USUAL_PERCENT || recent >= usual / 2) return undefined;
  const moved = elsewhere === null ? '' : `; ${elsewhere} of all went to another page`;
  return {
    subject: database,
    says: `${recent.toFixed(0)} % of updates in place, and ${usual.toFixed(0)} % before${moved}`,
  };
}
