import { z } from 'zod';
import type { CallOptions } from '../ports/object-store.ts';
import type { HealthSession } from '../ports/health-session.ts';

const OWN_FUNCTIONS = `
  SELECT coalesce(json_agg(own.proname), '[]')
    FROM (SELECT f.proname
            FROM pg_proc f
            JOIN pg_namespace n ON n.oid = f.pronamespace AND n.nspname = 'holdfast'
            JOIN pg_roles owner ON owner.oid = f.proowner
            JOIN pg_roles keeper ON keeper.oid = n.nspowner
           GROUP BY f.proname
          HAVING bool_and(f.prosecdef AND owner.rolsuper AND keeper.rolsuper
                          AND has_function_privilege(f.oid, 'EXECUTE'))) own`;

const QUERY_MS = 500;
const CALLS = /\bholdfast\.(\w+)\(/g;
const Row = z.object({ functions: z.array(z.string()) });

/** Functions that `statement` calls in the schema `holdfast`. */
export function functionsCalled(statement: string): readonly string[] {
  return [...statement.matchAll(CALLS)].map(([, name = '']) => name);
}

/**
 * Names of the functions that `init` made in the database that the session is in and this role may call; none when it
 * does not say. One by the same name that anybody but a superuser owns, or whose schema he owns, is none of them: it
 * would run with the monitoring role's rights.
 *
 * @throws those of {@link HealthSession}.
 */
export async function ownFunctions(
  session: HealthSession,
  options: CallOptions = {},
): Promise<ReadonlySet<string>> {
  const answer = await session.query(`SELECT (${OWN_FUNCTIONS}) AS functions`, QUERY_MS, options);
  const [row] = 'refused' in answer ? [] : answer.rows;
  return new Set(Row.safeParse(row).data?.functions);
}
