import { z } from 'zod';
import { OpsError } from '../errors/ops-error.ts';
import type { CallOptions } from '../ports/object-store.ts';
import type { HealthSession } from '../ports/health-session.ts';
import type { ServerFacts } from './known.ts';
import { ownFunctions } from './own-functions.ts';

/** `datconnlimit` of a database whose DROP was interrupted: nobody gets in. */
const BROKEN = -2;

const FACTS = `
  SELECT current_setting('server_version_num')::int AS version,
         pg_is_in_recovery() AS "inRecovery",
         clock_timestamp() AS now,
         pg_postmaster_start_time() AS "startedAt",
         current_user::text AS user,
         (SELECT json_object_agg(name, setting) FROM pg_settings) AS settings,
         (SELECT coalesce(json_object_agg(extname, extversion), '{}') FROM pg_extension) AS extensions,
         (SELECT coalesce(json_agg(datname ORDER BY datname), '[]')
            FROM pg_database
           WHERE datallowconn AND NOT datistemplate AND datconnlimit <> ${BROKEN}) AS databases`;
const FACTS_MS = 2_000;

const Row = z.object({
  version: z.number(),
  inRecovery: z.boolean(),
  now: z.date(),
  startedAt: z.date(),
  user: z.string(),
  settings: z.record(z.string(), z.string().nullable()),
  extensions: z.record(z.string(), z.string()),
  databases: z.array(z.string()),
});
const VERSIONS_PER_MAJOR = 10_000;

/**
 * What the checks judge by. Functions that cannot be looked up blind those who need them, and nobody else.
 *
 * @throws {@link OpsError} `PG-FAILED` when the server does not say; those of {@link HealthSession}.
 */
export async function readServerFacts(
  session: HealthSession,
  options: CallOptions = {},
): Promise<ServerFacts> {
  const answer = await session.query(FACTS, FACTS_MS, options);
  if ('refused' in answer) {
    throw new OpsError('PG-FAILED', `the server does not say what it is: ${answer.why}`, {
      hint: 'run "holdfast init" again: it gives the monitoring role its rights',
    });
  }
  const [row] = answer.rows;
  const { settings, extensions, version, ...facts } = Row.parse(row);
  return {
    ...facts,
    version,
    major: Math.floor(version / VERSIONS_PER_MAJOR),
    settings: new Map(
      Object.entries(settings).filter((pair): pair is [string, string] => pair[1] !== null),
    ),
    extensions: new Map(Object.entries(extensions)),
    functions: await ownFunctions(session, options),
  };
}
