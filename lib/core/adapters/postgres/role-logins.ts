import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { RoleLogins } from '../../ports/role-logins.ts';
import type { RoleCredentials } from '../../secrets/role-secret.ts';
import type { ConnectionOptions } from './connection.ts';
import { changeOwnPassword } from './own-password.ts';
import { onlyRow, type Session, withSession } from './sql-session.ts';

/** SQLSTATE of a wrong password, of one that has expired, and of a role that is not there. */
const REFUSED = '28P01';

/** Logins at one server, each in a session of its own. */
export function roleLogins(
  server: Pick<ConnectionOptions, 'host' | 'port' | 'sslMode' | 'sslRoots'>,
): RoleLogins {
  return {
    logIn: async (credentials, options) =>
      asRole(credentials, options, async (sql) => {
        const rows = await sql<{ user: string }[]>`SELECT current_user AS "user"`;
        return onlyRow(rows).user;
      }),
    changeOwnPassword: async (credentials, verifier, options) => {
      const changed = await asRole(credentials, options, async (sql) => {
        await changeOwnPassword(sql, verifier);
        return 'changed' as const;
      });
      return changed ?? 'refused';
    },
  };

  async function asRole<T>(
    credentials: RoleCredentials,
    options: CallOptions | undefined,
    use: (sql: Session) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await withSession({ ...server, ...credentials }, options ?? {}, use);
    } catch (error) {
      const isRefused = isOpsError(error) && error.details['sqlState'] === REFUSED;
      if (isRefused) return undefined;
      throw error;
    }
  }
}
