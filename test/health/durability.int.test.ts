import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { DURABILITY_CHECKS } from '../../lib/core/health/checks/durability.ts';
import { checkOf, probeOnce } from '../support/health-probe.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const SAFE = { fsync: 'on', full_page_writes: 'on', archive_mode: 'on', archive_command: 'true' };
const PAGE_BYTES = 8_192;
const it = testServer({ settings: { ...SAFE, autovacuum: 'off' } });
const bare = testServer({ checksums: false });
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const probe = async (id: string, user = 'postgres'): Promise<CheckResult> =>
  probeOnce(checkOf(DURABILITY_CHECKS, id), { ...it().server.connection, user });

beforeAll(async () => sql('CREATE ROLE stranger LOGIN'));

describe('A12 checksums', () => {
  test('pages once a page was read that the disk has changed, until a day after the last', async () => {
    expect(await probe('A12')).toMatchObject({ standing: 'ok', values: { ChecksumFailures: 0 } });
    await sql(
      'CREATE TABLE rotten AS SELECT repeat(md5(i::text), 9) AS x FROM generate_series(1, 99) i',
    );
    const file = await sql(`SELECT pg_relation_filepath('rotten')`);
    await it().server.stop();
    const handle = await open(join(it().server.dataDirectory, file), 'r+');
    await handle.write(Buffer.from('rot'), 0, 3, PAGE_BYTES - 9);
    await handle.close();
    await it().server.start();
    await expect(sql('SELECT count(*) FROM rotten')).rejects.toThrow(/invalid page/);
    await until('the failure is counted', async () => (await probe('A12')).standing === 'page');
    const result = await probe('A12');
    expect(result.values).toEqual({ ChecksumFailures: 1 });
    expect(result.findings).toEqual([{ subject: 'postgres', says: '1 failure' }]);
    await sql('DROP TABLE rotten; SELECT pg_stat_reset()');
    await until('all clear', async () => (await probe('A12')).standing === 'ok');
  });

  test('warns where pages carry none', async () => {
    const result = await probeOnce(checkOf(DURABILITY_CHECKS, 'A12'), bare().server.connection);
    expect(result).toMatchObject({ standing: 'warn', values: { ChecksumFailures: 0 } });
    expect(result.says).toContain('data_checksums');
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_stat_database FROM PUBLIC');
    const result = await probe('A12', 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    expect(result.values).toBeUndefined();
    await sql('GRANT SELECT ON pg_stat_database TO PUBLIC');
  });
});

describe('A14 unsafe-settings', () => {
  const set = async (name: string, value: string | undefined): Promise<void> => {
    await sql(`ALTER SYSTEM ${value === undefined ? `RESET ${name}` : `SET ${name} = '${value}'`}`);
    await sql('SELECT pg_reload_conf()');
  };

  test('is fine where all are safe', async () => {
    expect(await probe('A14')).toMatchObject({ standing: 'ok', values: { UnsafeSettings: 0 } });
  });

  test.for([
    ['fsync', 'off'],
    ['full_page_writes', 'off'],
    ['synchronous_commit', 'off'],
    ['zero_damaged_pages', 'on'],
    ['ignore_checksum_failure', 'on'],
  ] as const)('pages while %s is %s', async ([name, value]) => {
    await set(name, value);
    await until('a page', async () => (await probe('A14')).standing === 'page');
    const result = await probe('A14');
    expect(result).toMatchObject({ says: `${name} = ${value}`, values: { UnsafeSettings: 1 } });
    await set(name, undefined);
    await until('all clear', async () => (await probe('A14')).standing === 'ok');
  });

  test('counts those that take a restart', async () => {
    for (const [name, value] of [
      ['archive_mode', 'off'],
      ['wal_level', 'minimal'],
      ['max_wal_senders', '0'],
      ['data_sync_retry', 'on'],
    ] as const) {
      await set(name, value);
    }
    await it().server.restart();
    const result = await probe('A14');
    expect(result).toMatchObject({ standing: 'page', values: { UnsafeSettings: 3 } });
    expect(result.findings?.map(({ subject }) => subject).sort()).toEqual([
      'archive_mode',
      'data_sync_retry',
      'wal_level',
    ]);
    for (const name of ['archive_mode', 'wal_level', 'data_sync_retry', 'max_wal_senders']) {
      await set(name, undefined);
    }
    await it().server.restart();
    expect(await probe('A14')).toMatchObject({ standing: 'ok' });
  });

  test('warns of a role or a database that has them otherwise, however it is spelled', async () => {
    await sql('ALTER ROLE stranger SET synchronous_commit = false');
    await sql('ALTER DATABASE postgres SET zero_damaged_pages = 1');
    const result = await probe('A14', 'stranger');
    expect(result).toMatchObject({ standing: 'page' });
    await sql('ALTER DATABASE postgres RESET zero_damaged_pages');
    const warned = await probe('A14');
    expect(warned).toMatchObject({ standing: 'warn', values: { UnsafeSettings: 0 } });
    expect(warned.findings).toEqual([
      { subject: 'synchronous_commit', says: 'off for stranger in all databases' },
    ]);
    await sql('ALTER ROLE stranger RESET synchronous_commit');
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_db_role_setting FROM PUBLIC');
    const result = await probe('A14', 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    await sql('GRANT SELECT ON pg_db_role_setting TO PUBLIC');
  });
});
