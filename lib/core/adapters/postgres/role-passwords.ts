import type { RolePasswords } from '../../ports/role-passwords.ts';
import type { ConnectionOptions } from './connection.ts';
import { execute } from './quoted-statement.ts';
import { withSession } from './sql-session.ts';

/** Passwords of the server that `connection` reaches, which must log in as a superuser. */
export function rolePasswords(connection: ConnectionOptions): RolePasswords {
  return {
    verifierOf: async (role, options = {}) =>
      withSession(connection, options, async (sql) => {
        const rows = await sql<{ verifier: string | null }[]>`
          SELECT rolpassword AS verifier FROM pg_authid WHERE rolname = ${role}`;
        return rows[0]?.verifier ?? undefined;
      }),
    setVerifier: async (role, verifier, options = {}) =>
      withSession(connection, options, async (sql) => {
        await execute(sql, 'ALTER ROLE %I PASSWORD %L', [role, verifier]);
      }),
  };
}
