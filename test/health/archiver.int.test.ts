import { describe, expect, test } from 'vitest';
import { ARCHIVER_CHECKS } from '../../lib/core/health/checks/archiver.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { checkOf, probeOnce } from '../support/health-probe.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const it = testServer({
  walSegmentMegabytes: 1,
  settings: { archive_mode: 'on', archive_command: 'true' },
});
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const probe = async (id: string, user = 'postgres'): Promise<CheckResult> =>
  probeOnce(checkOf(ARCHIVER_CHECKS, id), { ...it().server.connection, user });

describe('A1 archiver-failing', () => {
  test('is fine where nothing was ever archived, and nothing failed', async () => {
    expect(await probe('A1')).toMatchObject({ standing: 'ok', values: { ArchiveFailing: 0 } });
  });

  test('pages while the newest attempt failed, and no longer once one succeeds', async () => {
    await sql(`ALTER SYSTEM SET archive_command = 'false'`);
    await sql('SELECT pg_reload_conf()');
    await sql(`SELECT pg_logical_emit_message(false, 'a', 'b'), pg_switch_wal()`);
    await until('a page', async () => (await probe('A1')).standing === 'page');
    expect(await probe('A1')).toMatchObject({ values: { ArchiveFailing: 1 } });
    await sql('ALTER SYSTEM RESET archive_command');
    await sql('SELECT pg_reload_conf()');
    await until('all clear', async () => (await probe('A1')).standing === 'ok');
  });

  test('is blind to a role that may not look', async () => {
    await sql(`CREATE ROLE stranger LOGIN; REVOKE ALL ON pg_stat_archiver FROM PUBLIC`);
    const result = await probe('A1', 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    expect(result.values).toBeUndefined();
    await sql(`GRANT SELECT ON pg_stat_archiver TO PUBLIC`);
  });
});
