import { z } from 'zod';
import { Metric } from '../../contract/metrics.ts';
import { count } from '../../doctor/amounts.ts';
import { type DatabaseCheck, databaseCheck } from '../check.ts';
import { Bool, Num, Text } from '../columns.ts';
import type { ServerFacts } from '../known.ts';
import { fewest, uncounted } from '../ticket.ts';

/** Dead rows that are worth nobody's time, whatever share of a small table they are. */
const FEW_DEAD = 10_000;
/** Tables that one database tells of. */
const MOST_TABLES = 100;
/** Version from which on a number caps what the share asks for. */
const CAPPED = 18;

/** Checks of what vacuum leaves behind. */
export const DEAD_ROW_CHECKS: readonly DatabaseCheck[] = [
  databaseCheck({
    id: 'C8',
    name: 'dead-rows',
    tier: 'C',
    group: 'vacuum',
    about: 'no table has many times the dead rows at which autovacuum is to clean it',
    needs: 'track_counts',
    look: 'SELECT relid::regclass, n_dead_tup, n_live_tup, last_autovacuum FROM pg_stat_all_tables ORDER BY n_dead_tup DESC LIMIT 10',
    source:
      'https://www.postgresql.org/docs/current/runtime-config-autovacuum.html#GUC-AUTOVACUUM-VACUUM-THRESHOLD',
    everyMinutes: 5,
    atMinute: 1,
    query: (server) => uncounted(server) ?? deadRows(server),
    row: z.object({ table: Text, dead: Num, threshold: Num, vacuums: Bool }),
    judge: (rows, { thresholds }) => {
      const { warn: few, page: many } = thresholds.deadTupleTimes;
      const tables = rows
        .map((row) => ({ ...row, times: row.dead / Math.max(1, row.threshold) }))
        .filter(({ times }) => times > few)
        .sort((a, b) => b.times - a.times);
      return {
        standing: tables.length > 0 ? 'warn' : 'ok',
        says: `${count(tables.length, 'table')} with more than ${few} times the dead rows that autovacuum waits for`,
        values: { [Metric.DEAD_TUPLE_TABLES]: tables.filter(({ times }) => times > many).length },
        ...fewest(
          tables.map(({ database, table, dead, times, vacuums }) => ({
            subject: `${database}: ${table}`,
            says: `${dead} dead rows, ${times.toFixed(1)} times its threshold${vacuums ? '' : '; autovacuum is off for it'}`,
          })),
        ),
      };
    },
  }),
];

/** A TOAST table without options of its own goes by those of its table, as autovacuum itself has it. */
function deadRows({ major }: ServerFacts): string {
  const option = (name: string): string =>
    `(SELECT o.option_value FROM pg_options_to_table(coalesce(d.reloptions, m.reloptions)) o
       WHERE o.option_name = '${name}')`;
  const number = (name: string): string =>
    `coalesce(${option(name)}, current_setting('${name}'))::float8`;
  const cap =
    major >= CAPPED
      ? `nullif(greatest(${number('autovacuum_vacuum_max_threshold')}, -1), -1)`
      : 'NULL::float8';
  return `
    WITH dead AS MATERIALIZED (
      SELECT * FROM (
        SELECT oid, relname, relnamespace, relkind, reloptions, reltuples,
               pg_stat_get_dead_tuples(oid) AS dead
          FROM pg_class WHERE relkind IN ('r', 'm', 't') AND relpersistence <> 't') c
       WHERE c.dead > ${FEW_DEAD} ORDER BY c.dead DESC LIMIT ${MOST_TABLES})
    SELECT CASE WHEN m.oid IS NULL THEN format('%I.%I', n.nspname, d.relname)
                ELSE format('the TOAST of %I.%I', n.nspname, m.relname) END AS "table",
           d.dead,
           least(${number('autovacuum_vacuum_threshold')}
                   + ${number('autovacuum_vacuum_scale_factor')} * greatest(d.reltuples, 0),
                 ${cap}) AS threshold,
           coalesce(${option('autovacuum_enabled')}::bool, true) AS vacuums
      FROM dead d
      LEFT JOIN pg_class m ON d.relkind = 't' AND m.reltoastrelid = d.oid
      JOIN pg_namespace n ON n.oid = coalesce(m.relnamespace, d.relnamespace)`;
}
