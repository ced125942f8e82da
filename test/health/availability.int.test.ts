import { describe, expect, test } from 'vitest';
import { AVAILABILITY_CHECKS } from '../../lib/core/health/checks/availability.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { checkOf, type ProbeWorld } from '../support/health-probe.ts';
import { watchedServer } from '../support/watched-server.ts';
import { until } from '../support/until.ts';

const { sql, probe } = watchedServer();
const look = async (id: string, world?: ProbeWorld): Promise<CheckResult> =>
  probe(checkOf(AVAILABILITY_CHECKS, id), world);
/** What undoes a setting by which the session that undoes it could not write. */
const undo = async (statement: string): Promise<string> =>
  sql(`BEGIN READ WRITE; ${statement}; COMMIT`);

describe('B7 writer', () => {
  test('is fine where the writer writes', async () => {
    expect(await look('B7')).toMatchObject({ standing: 'ok', values: { WrongRole: 0 } });
  });

  test('pages where a server writes that is not to', async () => {
    const result = await look('B7', { cluster: { isWriter: false } });
    expect(result).toMatchObject({ standing: 'page', values: { WrongRole: 1 } });
    expect(result.says).toMatch(/writes, and is not to be the writer/);
  });

  test('pages where everybody was made to read only', async () => {
    await sql('ALTER ROLE ALL SET default_transaction_read_only = yes');
    const result = await look('B7');
    expect(result).toMatchObject({ standing: 'page', values: { WrongRole: 1 } });
    expect(result.says).toMatch(/default_transaction_read_only/);
    await undo('ALTER ROLE ALL RESET default_transaction_read_only');
    expect(await look('B7')).toMatchObject({ standing: 'ok' });
  });

  test('pages where the server itself was made to read only', async () => {
    await sql('ALTER SYSTEM SET default_transaction_read_only = on');
    await sql('SELECT pg_reload_conf()');
    await until('a page', async () => (await look('B7')).standing === 'page');
    expect(await look('B7')).toMatchObject({ values: { WrongRole: 1 } });
    await sql('ALTER SYSTEM RESET default_transaction_read_only');
    await sql('SELECT pg_reload_conf()');
    await until('all clear', async () => (await look('B7')).standing === 'ok');
  });

  test('is fine where only the monitoring role may not write', async () => {
    await sql('ALTER ROLE holdfast_monitor SET default_transaction_read_only = on');
    expect(await look('B7')).toMatchObject({ standing: 'ok', findings: [] });
    await sql('ALTER ROLE holdfast_monitor RESET default_transaction_read_only');
  });

  test('names a database that is read only, which may be meant so', async () => {
    await sql('CREATE DATABASE archive');
    await sql('ALTER DATABASE archive SET default_transaction_read_only = on');
    expect(await look('B7')).toMatchObject({
      standing: 'ok',
      findings: [{ subject: 'archive', says: expect.stringMatching(/may not write/) }],
    });
    await sql('DROP DATABASE archive');
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_db_role_setting FROM PUBLIC');
    const result = await look('B7');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    expect(result.values).toBeUndefined();
    await sql('GRANT SELECT ON pg_db_role_setting TO PUBLIC');
  });
});

describe('B20 commit-rate', () => {
  test('waits for a second run, and then tells how many there were since the first', async () => {
    const first = await look('B20');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(first.values).toBeUndefined();
    const at = new Date(Date.now() - 60_000);
    const result = await until('commits', async () => {
      await sql('SELECT 1');
      const seen = await look('B20', { before: { at, counters: first.counters ?? {} } });
      return (seen.values?.CommitsPerMin ?? 0) > 0 && seen;
    });
    expect(result).toMatchObject({ standing: 'ok' });
    expect(result.says).toMatch(/commits a minute$/);
  });

  test('waits again after the counts were set back', async () => {
    const before = { at: new Date(0), counters: { commits: 1e15 } };
    expect(await look('B20', { before })).toMatchObject({ standing: 'waiting' });
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_stat_database FROM PUBLIC');
    const result = await look('B20');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    await sql('GRANT SELECT ON pg_stat_database TO PUBLIC');
  });
});
