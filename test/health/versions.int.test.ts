import { describe, expect, test } from 'vitest';
import type { DatabaseCheck } from '../../lib/core/health/check.ts';
import { VERSION_CHECKS } from '../../lib/core/health/checks/versions.ts';
import { checkOf } from '../support/health-probe.ts';
import { watchedServer } from '../support/watched-server.ts';

const { sql, probe } = watchedServer();
/** Of a server about whose own version nothing is known. */
const check: DatabaseCheck = {
  ...checkOf(VERSION_CHECKS, 'D2'),
  judge: (rows, known) =>
    checkOf(VERSION_CHECKS, 'D2').judge(rows, {
      ...known,
      server: { ...known.server, version: 990_000 },
    }),
};

describe('D2 versions', () => {
  test('is fine with extensions as new as their files', async () => {
    await sql('CREATE EXTENSION pg_stat_statements');
    expect(await probe(check)).toMatchObject({
      standing: 'ok',
      says: 'nothing newer is known',
      values: { SettingsTroubles: 0 },
    });
    await sql('DROP EXTENSION pg_stat_statements');
  });

  test('warns of one that was left old, in any database, until it is updated', async () => {
    await sql('CREATE DATABASE upgraded');
    const there = { database: 'upgraded' };
    await sql(`CREATE EXTENSION pg_stat_statements VERSION '1.9'`, there);
    const result = await probe(check);
    expect(result).toMatchObject({
      standing: 'warn',
      values: { SettingsTroubles: 1 },
      findings: [{ subject: 'pg_stat_statements in upgraded' }],
    });
    expect(result.says).toMatch(/is 1\.9, and the server has the files of 1\.\d\d$/);
    await sql('ALTER EXTENSION pg_stat_statements UPDATE', there);
    expect(await probe(check)).toMatchObject({ standing: 'ok' });
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_available_extensions FROM PUBLIC', { database: 'upgraded' });
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/not seen: upgraded: permission denied/);
    expect(result.values).toBeUndefined();
  });
});
