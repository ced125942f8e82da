import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { type DatabaseCheck, databaseCheck, type InDatabase } from '../check.ts';
import { Num, Text } from '../columns.ts';
import { type Finding, ok, waiting, warn } from '../judgement.ts';
import { growth, type Sample } from '../known.ts';
import { fewest, MOST_FINDINGS, uncounted } from '../ticket.ts';

/** Rows read in a database, of which a share says something. */
const SOME_ROWS = 1_000_000;
const HOT_PERCENT = 50;
/** Tables whose counters are kept, over all databases. */
const MOST_TABLES = 200;

const Row = z.object({ table: Text, read: Num, total: Num });

/** Checks of which tables are read. */
export const HOT_SPOT_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    id: 'C17',
    name: 'hot-table',
    tier: 'C',
    group: 'workload',
    about: 'no table is suddenly what most rows are read from, as when a plan has changed',
    needs: 'track_counts',
    look: 'SELECT relid::regclass, seq_tup_read, idx_tup_fetch FROM pg_stat_user_tables ORDER BY seq_tup_read + coalesce(idx_tup_fetch, 0) DESC LIMIT 10',
    source:
      'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW',
    everyMinutes: 5,
    query: (server) =>
      uncounted(server) ??
      // Catalogs are what the probe itself reads.
      `WITH reads AS MATERIALIZED (
         SELECT relnamespace, relname,
                pg_stat_get_tuples_returned(oid) + pg_stat_get_tuples_fetched(oid) AS read
           FROM pg_class WHERE relkind IN ('r', 'm') AND oid >= 16384)
       SELECT format('%I.%I', n.nspname, r.relname) AS "table", r.read::float8,
              (SELECT sum(read) FROM reads)::float8 AS total
         FROM reads r JOIN pg_namespace n ON n.oid = r.relnamespace
        ORDER BY r.read DESC LIMIT ${MOST_FINDINGS}`,
    row: Row,
    judge: (rows, { before }) => {
      const kept = rows.slice(0, MOST_TABLES);
      const counters = Object.fromEntries(
        kept.flatMap(({ database, table, read, total }) => [
          [`${database}: ${table}`, read],
          [database, total],
        ]),
      );
      if (before === undefined) return waiting(counters);
      const hot = kept.flatMap((row) => heatOf(row, before) ?? []);
      return hot.length === 0
        ? ok('no table is read far more than usual', {
            values: { [Metric.WORKLOAD_TROUBLES]: 0 },
            counters,
          })
        : warn('most rows are read from a table that used to be read less', {
            values: { [Metric.WORKLOAD_TROUBLES]: 1 },
            counters,
            ...fewest(hot),
          });
    },
  }),
];

/** A table that most rows are read from is hot when it was less than half so before; `undefined` of any other. */
function heatOf(
  { database, table, read, total }: InDatabase<z.output<typeof Row>>,
  before: Sample,
): Finding | undefined {
  const subject = `${database}: ${table}`;
  const newRead = growth(before, subject, read);
  const newTotal = growth(before, database, total);
  if (newRead === undefined || newTotal === undefined) return undefined;
  const past = total - newTotal;
  if (newTotal < SOME_ROWS || past < SOME_ROWS) return undefined;
  const recent = (100 * newRead) / newTotal;
  const usual = (100 * (read - newRead)) / past;
  if (recent <= HOT_PERCENT || usual >= recent / 2) return undefined;
  return {
    subject,
    says: `${recent.toFixed(0)} % of ${newTotal} rows read, and ${usual.toFixed(0)} % before`,
  };
}
