import { expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import type { ClusterSetup } from '../../lib/core/ports/cluster-server.ts';
import { scramVerifier } from '../../lib/core/secrets/scram-verifier.ts';
import { testServer } from '../support/postgres-server.ts';

const it = testServer();
const setup = (): ClusterSetup => openClusterSetup(it().server.connection);

test('a role may be let change its own password, by a verifier alone, and nobody else may', async () => {
  const role = { replication: true, memberOf: [], mayCall: [] };
  for (const name of ['rotated', 'another']) await setup().ensureRole(name, role);
  expect(await setup().hasPasswordFunction()).toBe(false);
  expect(await setup().ensurePasswordFunction('rotated')).toBe('created');
  expect(await setup().ensurePasswordFunction('rotated')).toBe('present');
  expect(await setup().hasPasswordFunction()).toBe(true);
  const stored = async (name: string): Promise<string> =>
    it().server.run('psql', [
      '-XAtc',
      `SELECT rolpassword FROM pg_authid WHERE rolname = '${name}'`,
    ]);
  const change = async (user: string, verifier: string, before = ''): Promise<string> => {
    const call = `${before} SELECT holdfast.change_own_password('${verifier}')`;
    const { connection } = it().server;
    await withSession({ ...connection, user }, {}, async (sql) => sql.unsafe(call).simple());
    return stored(user);
  };
  const verifier = scramVerifier('pencil', Buffer.alloc(16, 1));
  expect(await change('rotated', verifier)).toBe(verifier);
  await expect(change('another', verifier)).rejects.toMatchObject({ code: 'PG-FAILED' });
  // Who has logged in counts, not whom the session plays.
  await setup().ensurePasswordFunction('another');
  await it().server.run('psql', ['-Xc', 'GRANT another TO rotated']);
  const next = scramVerifier('paper', Buffer.alloc(16, 2));
  expect(await change('rotated', next, 'SET ROLE another;')).toBe(next);
  expect(await stored('another')).toBe('');
  for (const wrong of ['pencil', `${verifier}\n`, `x${verifier}`, `${verifier}'' x`]) {
    await expect(change('rotated', wrong)).rejects.toThrow('no SCRAM-SHA-256 verifier');
  }
});
