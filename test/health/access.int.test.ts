import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ACCESS_CHECKS } from '../../lib/core/health/checks/access.ts';
import { MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { checkOf } from '../support/health-probe.ts';
import { watchedServer } from '../support/watched-server.ts';

const { it, sql, probe } = watchedServer();
const check = checkOf(ACCESS_CHECKS, 'D4');
const PEERS = 'local all all peer map=tests\n';

/** pg_hba_file_rules reads the file itself, whether or not the server has read it again. */
async function setRules(text: string): Promise<void> {
  const { dataDirectory } = it().server;
  await writeFile(join(dataDirectory, 'pg_hba.conf'), text);
  await sql('SELECT pg_reload_conf()');
}

describe('D4 access', () => {
  beforeAll(async () => {
    const accounts = [userInfo().username, 'postgres'];
    const map = accounts.flatMap((account) =>
      ['postgres', MONITOR, 'stranger'].map((role) => `tests ${account} ${role}\n`),
    );
    await writeFile(join(it().server.dataDirectory, 'pg_ident.conf'), map.join(''));
    await setRules(PEERS);
  });

  test('is fine where accounts are let in that the system knows, also without passwords', async () => {
    expect(await probe(check)).toMatchObject({
      standing: 'ok',
      says: 'one superuser, and no trust',
      values: { SettingsTroubles: 0 },
    });
  });

  test('warns of another superuser that may log in, until it is none', async () => {
    await sql('CREATE ROLE admin SUPERUSER LOGIN; CREATE ROLE keeper SUPERUSER');
    expect(await probe(check)).toMatchObject({
      standing: 'warn',
      values: { SettingsTroubles: 1 },
      findings: [{ subject: 'admin', says: 'is a superuser, and may log in' }],
    });
    await sql('ALTER ROLE admin NOSUPERUSER');
    expect(await probe(check)).toMatchObject({ standing: 'ok' });
  });

  test('warns of a rule that trusts names, and counts who needs no more', async () => {
    await setRules(`${PEERS}host all all 192.0.2.0/24 trust\n`);
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'warn', values: { SettingsTroubles: 1 } });
    expect(result.says).toMatch(
      /^pg_hba\.conf trusts names in 1 rule; \d roles without a password/,
    );
    await setRules(PEERS);
    expect(await probe(check)).toMatchObject({ standing: 'ok' });
  });

  test('is blind without its functions', async () => {
    await sql(`REVOKE EXECUTE ON FUNCTION holdfast.logins() FROM ${MONITOR}`);
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/is missing: run "holdfast init"/);
    expect(result.values).toBeUndefined();
  });
});
