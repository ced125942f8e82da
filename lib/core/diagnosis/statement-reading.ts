import { z } from 'zod';

/**
 * What pg_stat_statements has counted of each statement, by its id: never its text. Two readings tell what ran between
 * them.
 */
export interface StatementReading {
  readonly at: Date;
  /** Those that took most time so far, the first before the others. */
  readonly statements: readonly StatementCount[];
}

/** Counters of one statement since they were last set back. */
export interface StatementCount {
  /** 64 bits, in decimal. */
  readonly queryId: string;
  readonly role: string;
  readonly database: string;
  readonly calls: number;
  /** Total time of execution. */
  readonly ms: number;
}

/** Statements of one reading. */
export const MOST_STATEMENTS = 500;
/** Statements of a reading that is written down. */
const MOST_WRITTEN = 60;

/**
 * Reads the counters without the texts, which would have to be read from a file as large as they all are, and without
 * what the reader itself ran.
 *
 * @param schema - where the extension is, quoted.
 * @see https://www.postgresql.org/docs/current/pgstatstatements.html
 */
export function statementsSql(schema: string): string {
  return `
  SELECT s.queryid::text AS "queryId",
         coalesce(r.rolname, s.userid::text)::text AS role,
         coalesce(d.datname, s.dbid::text)::text AS database,
         sum(s.calls)::float8 AS calls,
         sum(s.total_exec_time)::float8 AS ms
    FROM ${schema}.pg_stat_statements(false) s
    LEFT JOIN pg_roles r ON r.oid = s.userid
    LEFT JOIN pg_database d ON d.oid = s.dbid
   WHERE s.queryid IS NOT NULL AND r.rolname IS DISTINCT FROM current_user
   GROUP BY 1, 2, 3
   ORDER BY ms DESC
   LIMIT ${MOST_STATEMENTS}`;
}

const Count = z.object({
  queryId: z.string(),
  role: z.string(),
  database: z.string(),
  calls: z.number(),
  ms: z.number(),
});

/** The reading that rows of {@link statementsSql} are. */
export function readingOf(rows: readonly unknown[], at: Date): StatementReading {
  return { at, statements: z.array(Count).parse(rows) };
}

const Written = z.object({
  at: z.iso.datetime(),
  s: z.array(z.tuple([z.string(), z.string(), z.string(), z.number(), z.number()])),
});

/** A reading as one property of a log line, short enough for one a minute. */
export function encodeReading({ at, statements }: StatementReading): string {
  const s = statements
    .slice(0, MOST_WRITTEN)
    .map(({ queryId, role, database, calls, ms }) => [
      queryId,
      role,
      database,
      calls,
      Math.round(ms),
    ]);
  return JSON.stringify({ at: at.toISOString(), s });
}

/** The reverse of {@link encodeReading}; `undefined` for any other text. */
export function decodeReading(text: string): StatementReading | undefined {
  try {
    const { at, s } = Written.parse(JSON.parse(text));
    return {
      at: new Date(at),
      statements: s.map(([queryId, role, database, calls, ms]) => ({
        queryId,
        role,
        database,
        calls,
        ms,
      })),
    };
  } catch {
    return undefined;
  }
}
