import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SETTING_CHECKS } from '../../lib/core/health/checks/settings.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import type { Sample } from '../../lib/core/health/known.ts';
import { checkOf } from '../support/health-probe.ts';
import { until } from '../support/until.ts';
import { watchedServer } from '../support/watched-server.ts';

const { it, sql, probe } = watchedServer();
const look = async (before?: Sample, user?: string): Promise<CheckResult> =>
  probe(checkOf(SETTING_CHECKS, 'D1'), { before }, user);
const alter = async (clause: string): Promise<void> => {
  await sql(`ALTER SYSTEM ${clause}`);
  await sql('SELECT pg_reload_conf()');
};
/** What a run left, `minutesAgo`. */
const left = ({ counters = {} }: CheckResult, minutesAgo = 1): Sample => ({
  at: new Date(Date.now() - minutesAgo * 60_000),
  counters,
});
const rules = (): string => join(it().server.dataDirectory, 'pg_hba.conf');

describe('D1 settings', () => {
  test('is fine where nothing was changed since the run before', async () => {
    const first = await look();
    expect(first).toMatchObject({ standing: 'ok', values: { SettingsTroubles: 0 } });
    expect(await look(left(first))).toMatchObject({ standing: 'ok', findings: [] });
  });

  test('warns while a setting waits for a restart', async () => {
    await alter('SET max_connections = 55');
    const result = await until('a warning', async () => {
      const seen = await look();
      return seen.standing === 'warn' && seen;
    });
    expect(result).toMatchObject({
      values: { SettingsTroubles: 1 },
      findings: [{ subject: 'max_connections', says: 'waits for a restart' }],
    });
    await alter('RESET max_connections');
    await until('all clear', async () => (await look()).standing === 'ok');
  });

  test('warns of a changed setting for half an hour, without its value', async () => {
    const first = await look();
    await alter(`SET work_mem = '5MB'`);
    const changed = await until('a warning', async () => {
      const seen = await look(left(first));
      return seen.standing === 'warn' && seen;
    });
    expect(changed).toMatchObject({ values: { SettingsTroubles: 1 } });
    expect(changed.says).toMatch(/^the configuration was changed 0 s ago$/);
    expect(JSON.stringify(changed)).not.toMatch(/secret/);
    const next = await look(left(changed));
    expect(next).toMatchObject({ standing: 'warn' });
    const long = { ...next.counters, 'settings.changed_at_sec': Date.now() / 1_000 - 1_801 };
    expect(await look({ ...left(next), counters: long })).toMatchObject({ standing: 'ok' });
    await alter('RESET work_mem');
  });

  test('warns of a changed rule of access, and of a wrong one', async () => {
    const text = await readFile(rules(), 'utf8');
    const first = await look();
    await appendFile(rules(), 'host all nobody 192.0.2.1/32 reject\n');
    const changed = await look(left(first));
    expect(changed).toMatchObject({ standing: 'warn' });
    expect(changed.says).toMatch(/^the configuration was changed/);
    await appendFile(rules(), 'host all nobody 192.0.2.1/32 no-such-method\n');
    expect(await look()).toMatchObject({
      standing: 'warn',
      findings: [{ subject: 'pg_hba.conf', says: expect.stringMatching(/^has 1 wrong rule:/) }],
    });
    await writeFile(rules(), text);
    expect(await look(left(first))).toMatchObject({ standing: 'ok' });
  });

  test('is blind to a role that does not see every setting', async () => {
    await sql('GRANT USAGE ON SCHEMA holdfast TO stranger');
    await sql('GRANT EXECUTE ON FUNCTION holdfast.access_rules() TO stranger');
    const result = await look(undefined, 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/pg_read_all_settings/);
  });

  test('is blind without the function for rules of access', async () => {
    await sql('REVOKE EXECUTE ON FUNCTION holdfast.access_rules() FROM holdfast_monitor');
    const result = await look();
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/access_rules\(\) is missing: run "holdfast init"/);
    expect(result.values).toBeUndefined();
  });
});
