import { Pooler } from '../../contract/pooler.ts';
import { execute } from './quoted-statement.ts';
import { onlyRow, type Session } from './sql-session.ts';

/**
 * What the pooler compares a client's password with. Not for superusers, nor for whoever may become
 * one, nor for roles that replicate, nor for Holdfast's own: they come to the server itself. The name
 * is compared as text: as a name, a longer one would be cut to one that is there.
 */
const CREATE_FUNCTION = `
  CREATE OR REPLACE FUNCTION holdfast.pooler_login(name text) RETURNS TABLE (usename text, passwd text)
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
    SELECT login.rolname::text,
           CASE WHEN login.rolpassword LIKE 'SCRAM-SHA-256$%'
                 AND (login.rolvaliduntil IS NULL OR login.rolvaliduntil > now())
                THEN login.rolpassword END
      FROM pg_authid AS login
     WHERE login.rolname::text = $1
       AND login.rolcanlogin
       AND NOT login.rolreplication
       AND NOT starts_with(login.rolname::text, 'holdfast_')
       AND NOT EXISTS (SELECT FROM pg_authid AS super
                        WHERE super.rolsuper AND pg_has_role(login.oid, super.oid, 'MEMBER'))
  $function$`;
const NO_POWER = 'LOGIN NOSUPERUSER NOREPLICATION NOCREATEDB NOCREATEROLE NOBYPASSRLS';

/**
 * Makes the pooler's role, which has this password from now on, and `holdfast.pooler_login(name text)`,
 * which that role may call and nobody else. What is there is brought to the same state.
 *
 * @param sql - a superuser's session in the database `postgres`.
 * @param verifier - of the role's password, as {@link scramVerifier} makes it.
 * @see https://www.pgbouncer.org/config.html#auth_query
 * @see https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
 */
export async function ensurePooler(sql: Session, verifier: string): Promise<void> {
  const role = Pooler.LOGIN_ROLE;
  const there = await sql`SELECT FROM pg_roles WHERE rolname = ${role}`;
  const verb = there.length > 0 ? 'ALTER' : 'CREATE';
  const rest = "PASSWORD %L VALID UNTIL 'infinity'";
  await execute(sql, `${verb} ROLE %I ${NO_POWER} ${rest}`, [role, verifier]);
  // Else everybody could call it between one statement and the next.
  await sql.begin(async (transaction) => {
    await transaction`CREATE SCHEMA IF NOT EXISTS holdfast`;
    await transaction.unsafe(CREATE_FUNCTION);
    // To replace a function leaves it with its owner, as whom it runs.
    await transaction`ALTER FUNCTION holdfast.pooler_login(text) OWNER TO CURRENT_USER`;
    await transaction`REVOKE ALL ON FUNCTION holdfast.pooler_login(text) FROM PUBLIC`;
  });
  await execute(sql, 'GRANT CONNECT ON DATABASE %I TO %I', [await databaseOf(sql), role]);
  await execute(sql, 'GRANT USAGE ON SCHEMA holdfast TO %I', [role]);
  await execute(sql, 'GRANT EXECUTE ON FUNCTION holdfast.pooler_login(text) TO %I', [role]);
}

async function databaseOf(sql: Session): Promise<string> {
  return onlyRow(await sql<{ name: string }[]>`SELECT current_database() AS name`).name;
}
