import type { RoleCredentials } from '../secrets/role-secret.ts';
import type { CallOptions } from './object-store.ts';

/** Logins of a server's roles by password. Every call throws `PG-CONNECT` when the server cannot be reached or lets nobody in. */
export interface RoleLogins {
  /** Who the session is that these credentials open; `undefined` when the password is refused. */
  logIn(credentials: RoleCredentials, options?: CallOptions): Promise<string | undefined>;

  /**
   * Logs in and changes the role's own password.
   *
   * @param verifier - as {@link scramVerifier} makes it.
   * @returns `'refused'` when the password of `credentials` is.
   */
  changeOwnPassword(
    credentials: RoleCredentials,
    verifier: string,
    options?: CallOptions,
  ): Promise<'changed' | 'refused'>;
}
