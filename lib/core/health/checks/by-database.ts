import { type Known, perMinute } from '../known.ts';

/** Databases of which a check tells apart; the sum is of all. */
const DATABASES = 20;

/** One database's counter, and the sum of all databases'. */
export interface DatabaseCounter {
  /** `null` for what databases share. */
  readonly database: string | null;
  readonly value: number;
  readonly total: number;
}

/** How a counter has grown, by the minute. */
export interface GrownByDatabase {
  /** For the next run. */
  readonly counters: Readonly<Record<string, number>>;
  /** `undefined` when it cannot be told. */
  readonly total: number | undefined;
  /** Those that grew, most first. */
  readonly databases: readonly { readonly subject: string; readonly rate: number }[];
}

/** Query for a counter of pg_stat_database: one row for each of the databases with the most of it. */
export function sumByDatabase(column: string): string {
  return `SELECT datname AS database, ${column}::float8 AS value, (sum(${column}) OVER ())::float8 AS total
            FROM pg_stat_database ORDER BY ${column} DESC, datname LIMIT ${DATABASES}`;
}

/** Compares rows of {@link sumByDatabase} with the run before; `check` sets its counters apart from others'. */
export function grownByDatabase(
  known: Pick<Known, 'now' | 'before'>,
  check: string,
  rows: readonly DatabaseCounter[],
): GrownByDatabase {
  const total = rows[0]?.total ?? 0;
  const counters: Record<string, number> = { [check]: total };
  const databases: { subject: string; rate: number }[] = [];
  for (const { database, value } of rows) {
    if (database === null) continue;
    const name = `${check}.${database}`;
    counters[name] = value;
    const rate = perMinute(known, name, value) ?? 0;
    if (rate > 0) databases.push({ subject: database, rate });
  }
  databases.sort((a, b) => b.rate - a.rate);
  return { counters, total: perMinute(known, check, total), databases };
}
