import { execute } from './quoted-statement.ts';
import { onlyRow, type Session } from './sql-session.ts';

/**
 * Changes the password of whoever has logged in, and of nobody else. It takes verifiers alone, so that
 * no password reaches the server's log.
 */
const CREATE_FUNCTION = `
  CREATE OR REPLACE FUNCTION holdfast.change_own_password(verifier text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
  BEGIN
    IF verifier !~ '^SCRAM-SHA-256[$][0-9]+:[A-Za-z0-9+/=]+[$][A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' THEN
      RAISE invalid_parameter_value USING MESSAGE = 'this is no SCRAM-SHA-256 verifier';
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', session_user, verifier);
  END $function$`;

/**
 * Gives the role of this session another password.
 *
 * A role changes its own, but until PostgreSQL 15 only a superuser may alter one that may replicate:
 * there the function stands in that {@link ensurePasswordFunction} makes.
 *
 * @see PostgreSQL 15 AlterRole, src/backend/commands/user.c
 */
export async function changeOwnPassword(sql: Session, verifier: string): Promise<void> {
  const rows = await sql<{ forbidden: boolean }[]>`
    SELECT rolreplication AND NOT rolsuper
             AND current_setting('server_version_num')::integer < 160000 AS forbidden
      FROM pg_roles WHERE rolname = current_user`;
  if (onlyRow(rows).forbidden) {
    await sql`SELECT holdfast.change_own_password(${verifier}::text)`;
  } else {
    await execute(sql, 'ALTER ROLE CURRENT_USER PASSWORD %L', [verifier]);
  }
}

/** Makes the function `holdfast.change_own_password`, and lets `role` call it and nobody else. */
export async function ensurePasswordFunction(
  sql: Session,
  role: string,
): Promise<'created' | 'present'> {
  const present = await hasPasswordFunction(sql);
  await sql.begin(async (transaction) => {
    await transaction`CREATE SCHEMA IF NOT EXISTS holdfast`;
    await transaction.unsafe(CREATE_FUNCTION);
    await transaction`REVOKE ALL ON FUNCTION holdfast.change_own_password(text) FROM PUBLIC`;
  });
  await execute(sql, 'GRANT USAGE ON SCHEMA holdfast TO %I', [role]);
  await execute(sql, 'GRANT EXECUTE ON FUNCTION holdfast.change_own_password(text) TO %I', [role]);
  return present ? 'present' : 'created';
}

/** Whether the function is there. */
export async function hasPasswordFunction(sql: Session): Promise<boolean> {
  const rows = await sql<{ present: boolean }[]>`
    SELECT to_regprocedure('holdfast.change_own_password(text)') IS NOT NULL AS present`;
  return onlyRow(rows).present;
}
