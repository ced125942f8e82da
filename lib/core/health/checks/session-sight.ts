import { z } from 'zod';
import { Bool, Num } from '../columns.ts';
import { blind, type Judgement } from '../judgement.ts';

/**
 * Whether the role sees what other sessions do. Without that pg_stat_activity has NULL in their rows, by which nobody
 * would wait and nothing would be open.
 *
 * @see https://www.postgresql.org/docs/current/monitoring-stats.html
 */
export const SEES_SESSIONS = `pg_has_role('pg_read_all_stats', 'USAGE') AS sees`;
/** The column of {@link SEES_SESSIONS}. */
export const Sees = z.object({ sees: Bool });

/** A session as findings tell of it: who it is, and never what it runs. */
export const Session = z.object({
  pid: Num,
  role: z.string(),
  database: z.string(),
  state: z.string(),
  sec: Num,
});
export type Session = z.output<typeof Session>;

/**
 * Columns of a {@link Session}, out of pg_stat_activity `a`.
 *
 * @param since - expression of the moment from which its seconds count; NULL counts none.
 */
export function sessionColumns(since: string): string {
  return `a.pid, coalesce(a.usename, 'nobody yet') AS role, coalesce(a.datname, 'none') AS database,
          coalesce(a.state, a.backend_type, 'unknown') AS state,
          greatest(0, coalesce(extract(epoch FROM clock_timestamp() - ${since}), 0))::float8 AS sec`;
}

/** Its judgement when it does not see. */
export function sessionsUnseen(): Judgement {
  return blind('the role is no member of pg_read_all_stats, and sees no session but its own');
}
