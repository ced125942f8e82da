import { createHash } from 'node:crypto';
import { BLOAT } from './bloat-function.ts';
import { HEALTH_FUNCTIONS, type HealthFunction } from './health-function-texts.ts';
import { onlyRow, type Session } from './sql-session.ts';

const FUNCTIONS: readonly HealthFunction[] = [...HEALTH_FUNCTIONS, BLOAT];
const DIGEST_DIGITS = 16;

/**
 * The databases that take connections: template1 is one, template0 is none, nor is one whose DROP was interrupted.
 *
 * @see PostgreSQL DATCONNLIMIT_INVALID_DB, src/include/catalog/pg_database.h
 */
export async function openDatabases(sql: Session): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT datname AS name FROM pg_catalog.pg_database
     WHERE datallowconn AND datconnlimit <> -2
     ORDER BY datname`;
  return rows.map(({ name }) => name);
}

/**
 * Whether a function is absent from this database, is another version's, or is not `role`'s to call; or `role` may not
 * connect to the database.
 */
export async function lacksHealthFunctions(sql: Session, role: string): Promise<boolean> {
  const remarks = FUNCTIONS.map(remark);
  // Of anybody but a superuser it would be his to change, and would run with the monitor's rights.
  const rows = await sql<{ good: string }[]>`
    SELECT count(*) AS good
      FROM pg_catalog.pg_proc f
      JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
      JOIN pg_catalog.pg_roles o ON o.oid = f.proowner
      JOIN pg_catalog.pg_roles s ON s.oid = n.nspowner
      JOIN pg_catalog.pg_roles m ON m.rolname = ${role}
     WHERE n.nspname = 'holdfast' AND f.pronargs = 0 AND f.prosecdef AND o.rolsuper AND s.rolsuper
       AND has_database_privilege(m.oid, current_database(), 'CONNECT')
       AND has_schema_privilege(m.oid, n.oid, 'USAGE')
       AND has_function_privilege(m.oid, f.oid, 'EXECUTE')
       AND obj_description(f.oid, 'pg_proc') IN
           (SELECT jsonb_array_elements_text(${JSON.stringify(remarks)}::text::jsonb))`;
  return Number(onlyRow(rows).good) !== FUNCTIONS.length;
}

/**
 * Makes the functions that {@link lacksHealthFunctions} misses, and lets `role` call them and nobody else. Also where
 * the database's transactions only read unless they say otherwise, and where only some roles may connect.
 *
 * @returns whether there was anything to do.
 */
export async function ensureHealthFunctions(sql: Session, role: string): Promise<boolean> {
  if (!(await lacksHealthFunctions(sql, role))) return false;
  const quoted = await sql<{ role: string; database: string; mayConnect: boolean }[]>`
    SELECT quote_ident(rolname) AS role, quote_ident(current_database()) AS database,
           has_database_privilege(oid, current_database(), 'CONNECT') AS "mayConnect"
      FROM pg_catalog.pg_roles WHERE rolname = ${role}`;
  const { role: grantee, database, mayConnect } = onlyRow(quoted);
  // A database may have default_transaction_read_only set: what it then refuses would hold up all of init.
  await sql.unsafe(`
    BEGIN READ WRITE;
    ${mayConnect ? '' : `GRANT CONNECT ON DATABASE ${database} TO ${grantee};`}
    CREATE SCHEMA IF NOT EXISTS holdfast;
    ALTER SCHEMA holdfast OWNER TO CURRENT_USER;
    REVOKE CREATE ON SCHEMA holdfast FROM PUBLIC;
    GRANT USAGE ON SCHEMA holdfast TO ${grantee};
    ${FUNCTIONS.map((one) => creation(one, grantee)).join('\n')}
    COMMIT`);
  return true;
}

/**
 * One that stands is not replaced but dropped: it could have other columns, and another owner.
 *
 * @see https://www.postgresql.org/docs/current/sql-createfunction.html on writing SECURITY DEFINER functions safely
 */
function creation(one: HealthFunction, grantee: string): string {
  const { name, columns, body } = one;
  return `
    DROP FUNCTION IF EXISTS holdfast.${name}();
    CREATE FUNCTION holdfast.${name}() RETURNS TABLE(${columns})
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$${body}$function$;
    REVOKE ALL ON FUNCTION holdfast.${name}() FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION holdfast.${name}() TO ${grantee};
    COMMENT ON FUNCTION holdfast.${name}() IS '${remark(one)}';`;
}

/** Kept beside the function: tells one version of it from another. */
function remark({ name, columns, body }: HealthFunction): string {
  const digest = createHash('sha256').update(`${name} ${columns} ${body}`).digest('hex');
  return `Holdfast looks through it: ${digest.slice(0, DIGEST_DIGITS)}`;
}
