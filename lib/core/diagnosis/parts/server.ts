import { z } from 'zod';
import { ageSec, span } from '../../doctor/amounts.ts';
import type { Look } from '../part.ts';
import { nameOf } from '../scrub.ts';

/** What the server is, and when it and its settings last changed. */
export const SERVER_SQL = `
  SELECT current_setting('server_version') AS version,
         pg_is_in_recovery() AS "inRecovery",
         pg_postmaster_start_time() AS "startedAt",
         pg_conf_load_time() AS "loadedAt",
         clock_timestamp() AS now,
         (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS sessions,
         (SELECT count(*) FROM pg_stat_activity
           WHERE backend_type = 'client backend' AND state = 'active')::int AS active,
         (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
           WHERE e.extname = 'pg_stat_statements') AS "statementsIn"`;

const Server = z.object({
  version: z.string(),
  inRecovery: z.boolean(),
  startedAt: z.date(),
  loadedAt: z.date(),
  now: z.date(),
  sessions: z.number(),
  active: z.number(),
  /** Schema of pg_stat_statements, quoted; `null` without it. */
  statementsIn: z.string().nullable(),
});
/** The row of {@link SERVER_SQL}. */
export type Server = z.output<typeof Server>;

/** Parses the row of {@link SERVER_SQL}. */
export function parseServer([row]: readonly unknown[]): Server {
  return Server.parse(row);
}

/** What the row of {@link SERVER_SQL} comes to. */
export function serverLook(server: Server): Look {
  const { version, inRecovery, startedAt, loadedAt, now, sessions, active } = server;
  const started = span(ageSec(startedAt, now));
  const loaded = span(ageSec(loadedAt, now));
  return {
    says:
      `PostgreSQL ${nameOf(version)}, ${inRecovery ? 'in recovery' : 'writing'}, started ${started} ago, ` +
      `settings loaded ${loaded} ago; ${active} of ${sessions} sessions active`,
    rows: [
      {
        version: nameOf(version),
        inRecovery,
        startedAt: startedAt.toISOString(),
        loadedAt: loadedAt.toISOString(),
        sessions,
        active,
      },
    ],
  };
}
