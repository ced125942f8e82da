import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { roleLogins } from '../../lib/core/adapters/postgres/role-logins.ts';
import { ensureRoles } from '../../lib/core/init/ensure-roles.ts';
import type { RoleLogins } from '../../lib/core/ports/role-logins.ts';
import { generatePassword } from '../../lib/core/secrets/generate-password.ts';
import type { RoleCredentials } from '../../lib/core/secrets/role-secret.ts';
import { SALT_BYTES, scramVerifier } from '../../lib/core/secrets/scram-verifier.ts';
import { makeCertificates } from '../support/certificates.ts';
import { testServer } from '../support/postgres-server.ts';
import { serveOverTls, type TlsServer } from '../support/tls-server.ts';

const it = testServer();
/** As init makes them: one may replicate, one may not. */
const ROLE = 'holdfast_backup';
const OTHER_ROLE = 'holdfast_monitor';

let tls: TlsServer;
let logins: RoleLogins;

beforeAll(async () => {
  const settings = { log_statement: 'all', log_min_duration_statement: '0' };
  tls = await serveOverTls({ ...it(), settings });
  const { host, port, roots: sslRoots } = tls;
  logins = roleLogins({ host, port, sslMode: 'verify-full', sslRoots });
  const connection = { ...it().server.connection, port };
  await using setup = openClusterSetup(connection);
  await ensureRoles(setup, it().instance.major, {});
});
afterAll(async () => tls[Symbol.asyncDispose]());

function as(password: string, user = ROLE): RoleCredentials {
  return { user, password, database: 'postgres' };
}

async function setPassword(password: string, user = ROLE): Promise<void> {
  await tls.sql(`ALTER ROLE ${user} PASSWORD '${password}'`);
}

describe('the login of a role, over TLS', () => {
  test('tells who it is, and takes a wrong password for no failure', async () => {
    await setPassword('first');
    expect(await logins.logIn(as('first'))).toBe(ROLE);
    expect(await logins.logIn(as('wrong'))).toBeUndefined();
    expect(await logins.logIn({ ...as('first'), user: 'nobody_here' })).toBeUndefined();
    expect(await logins.changeOwnPassword(as('wrong'), 'whatever')).toBe('refused');
  });

  test('fails when the server is not the one that the certificates vouch for', async () => {
    await setPassword('first');
    const { port, roots } = tls;
    const other = await makeCertificates(it().directory, 'other');
    const wrong = [
      { host: 'localhost', sslRoots: other.roots },
      // The right authority, but not the name that it vouched for.
      { host: '127.0.0.1', sslRoots: roots },
    ];
    for (const place of wrong) {
      const distrusting = roleLogins({ ...place, port, sslMode: 'verify-full' });
      await expect(distrusting.logIn(as('first'))).rejects.toMatchObject({ code: 'PG-CONNECT' });
    }
  });

  test('fails when the server lets nobody of that name in, or does not answer', async () => {
    await setPassword('first');
    const elsewhere = { ...as('first'), database: 'not_there' };
    await expect(logins.logIn(elsewhere)).rejects.toMatchObject({ code: 'PG-CONNECT' });
    const { host, roots: sslRoots } = tls;
    const nowhere = roleLogins({ host, port: 1, sslMode: 'verify-full', sslRoots });
    await expect(nowhere.logIn(as('first'))).rejects.toMatchObject({ code: 'PG-CONNECT' });
  });
});

describe('a verifier of ours', () => {
  test.each([ROLE, OTHER_ROLE])(
    'is stored as it is, lets its password in and the one before no more: %s',
    async (user) => {
      await setPassword('first', user);
      const password = generatePassword(randomBytes);
      const verifier = scramVerifier(password, randomBytes(SALT_BYTES));
      expect(await logins.changeOwnPassword(as('first', user), verifier)).toBe('changed');
      const stored = `SELECT rolpassword FROM pg_authid WHERE rolname = '${user}'`;
      expect(await tls.sql(stored)).toBe(verifier);
      expect(await logins.logIn(as(password, user))).toBe(user);
      expect(await logins.logIn(as('first', user))).toBeUndefined();
    },
  );

  test('lets libpq in too', async () => {
    await setPassword('first');
    const password = generatePassword(randomBytes);
    await logins.changeOwnPassword(as('first'), scramVerifier(password, randomBytes(SALT_BYTES)));
    const who = ['-XAtqc', 'SELECT current_user'];
    const environment = { PGPORT: String(tls.port), PGUSER: ROLE, PGPASSWORD: password };
    expect(await it().server.run('psql', who, { environment })).toBe(ROLE);
  });

  test('keeps the password out of the log of a server that logs every statement', async () => {
    await setPassword('first');
    const password = generatePassword(randomBytes);
    const verifier = scramVerifier(password, randomBytes(SALT_BYTES));
    await logins.changeOwnPassword(as('first'), verifier);
    const log = await tls.running.logTail(1024 * 1024);
    expect(log).toContain(verifier);
    expect(log).not.toContain(password);
  });
});
