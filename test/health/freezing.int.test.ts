import { chown, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { FREEZING_CHECKS } from '../../lib/core/health/checks/freezing.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { checkOf, probeOnce } from '../support/health-probe.ts';
import { testServer } from '../support/postgres-server.ts';

/** So that no autovacuum freezes what a test has let grow old. */
const NEVER = '2000000000';
const it = testServer({
  settings: {
    autovacuum: 'off',
    autovacuum_freeze_max_age: NEVER,
    autovacuum_multixact_freeze_max_age: NEVER,
  },
});
const NEXT_XID = 1_200_000_000;
const NEXT_MULTIXACT = 900_000_000;
const SLRU_BYTES = 262_144;
const XIDS_PER_FILE = 1_048_576;
const MULTIXACTS_PER_FILE = 65_536;

const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const probe = async (id: string, user: string = MONITOR): Promise<CheckResult> =>
  probeOnce(checkOf(FREEZING_CHECKS, id), { ...it().server.connection, user });
const value = async (id: string, metric: 'XidAge' | 'FreezePercent' | 'MultixactPercent') =>
  Number((await probe(id)).values?.[metric]);

/** As pg_resetwal's manual page says: the file that holds the next id must be there. */
async function age(option: string, next: string, folder: string, file: number): Promise<void> {
  const { server } = it();
  await server.stop();
  const name = file.toString(16).toUpperCase().padStart(4, '0');
  const path = join(server.dataDirectory, folder, name);
  const owner = serverOwner();
  await writeFile(path, Buffer.alloc(SLRU_BYTES));
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  await server.run('pg_resetwal', [option, next, server.dataDirectory], { owner });
  await server.start();
}

async function freezeAll(): Promise<void> {
  await sql('ALTER DATABASE template0 ALLOW_CONNECTIONS true');
  await it().server.run('vacuumdb', ['--all', '--freeze', '--quiet']);
  await sql('ALTER DATABASE template0 ALLOW_CONNECTIONS false');
}

/** What a check comes to while only a superuser may call a function. */
async function without(fn: string, id: string): Promise<CheckResult> {
  await sql(`REVOKE EXECUTE ON FUNCTION ${fn} FROM PUBLIC`);
  const result = await probe(id);
  await sql(`GRANT EXECUTE ON FUNCTION ${fn} TO PUBLIC`);
  return result;
}

beforeAll(async () => {
  const setup = openClusterSetup(it().server.connection);
  await ensureRoles(setup, it().instance.major, {});
  await setup.ensureHealthFunctions(MONITOR);
  await sql(
    `CREATE TABLE plain (x text); CREATE TABLE strict () WITH (autovacuum_freeze_max_age = 1000000000)`,
  );
  await sql('CREATE DATABASE half_dropped');
});

describe('on a new server', () => {
  test.for(['A17', 'A18', 'A19'])('%s is fine', async (id) => {
    expect(await probe(id)).toMatchObject({ standing: 'ok' });
  });
});

describe('A17 xid-age, A19 freeze-behind', () => {
  test('page for a server of a billion transactions until all is frozen, and name what is old', async () => {
    await age('-x', String(NEXT_XID), 'pg_xact', Math.floor(NEXT_XID / XIDS_PER_FILE));
    const old = await probe('A17');
    expect(old.standing).toBe('page');
    expect(Number(old.values?.['XidAge'])).toBeGreaterThan(NEXT_XID - 10_000);
    const subjects = old.findings?.map(({ subject }) => subject) ?? [];
    expect(subjects).toEqual(expect.arrayContaining(['database template0', 'database postgres']));
    expect(subjects.some((subject) => subject.startsWith('table '))).toBe(true);

    // The server's own limit is far; that of one table is behind.
    const late = await probe('A19');
    expect(late.standing).toBe('warn');
    expect(late.findings).toEqual([
      { subject: 'table public.strict', says: expect.stringMatching(/1[12]\d %/) },
    ]);
    await sql('ALTER TABLE strict SET (autovacuum_freeze_max_age = 900000000)');
    expect(await probe('A19')).toMatchObject({ standing: 'page' });
    await sql('VACUUM (FREEZE) strict');
    expect(await probe('A19')).toMatchObject({ standing: 'ok' });
    expect(Math.round(await value('A19', 'FreezePercent'))).toBe(60);

    // What a DROP DATABASE leaves when it is interrupted: no vacuum gets there, and the server no longer counts it.
    await sql(`UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half_dropped'`);
    await freezeAll();
    const left = await probe('A17');
    expect(left.standing).toBe('warn');
    expect(Number(left.values?.['XidAge'])).toBeLessThan(100_000);
    expect(left.findings).toEqual([
      { subject: 'database half_dropped', says: expect.stringMatching(/drop it again/) },
    ]);
    expect(await value('A19', 'FreezePercent')).toBeLessThan(1);
    await sql('DROP DATABASE half_dropped');
    expect(await probe('A17')).toMatchObject({ standing: 'ok' });
  });

  test('are blind to a role that may not look', async () => {
    for (const id of ['A17', 'A19']) {
      const result = await without('age(xid)', id);
      expect(result).toMatchObject({ standing: 'blind' });
      expect(result.says).toMatch(/permission denied for function age/);
      expect(result.values).toBeUndefined();
    }
  });
});

describe('A18 multixacts', () => {
  test('pages for ids of which much is used, until all is frozen', async () => {
    const file = Math.floor(NEXT_MULTIXACT / MULTIXACTS_PER_FILE);
    await age('-m', `${NEXT_MULTIXACT},1`, 'pg_multixact/offsets', file);
    const result = await probe('A18');
    expect(result.standing).toBe('page');
    expect(Math.round(Number(result.values?.['MultixactPercent']))).toBe(42);
    expect(result.findings?.[0]?.subject).toMatch(/^database /);
    expect(Math.round(await value('A19', 'FreezePercent'))).toBe(45);
    await freezeAll();
    expect(await probe('A18')).toMatchObject({ standing: 'ok' });
  });

  test('pages for members of which much is used', async () => {
    const before = await value('A18', 'MultixactPercent');
    const path = join(it().server.dataDirectory, 'pg_multixact', 'members', '0FFF');
    const sparse = await open(path, 'w');
    // Three quarters of 82,040 files of 52,352 members; at the half of them freezing begins to be forced.
    await sparse.truncate((82_040 / 2) * SLRU_BYTES);
    expect(await probe('A18')).toMatchObject({ standing: 'ok' });
    await sparse.truncate((82_040 / 4) * 3 * SLRU_BYTES);
    const result = await probe('A18');
    expect(result).toMatchObject({ standing: 'page' });
    expect(Math.round(Number(result.values?.['MultixactPercent']))).toBe(50);
    await sparse.truncate(0);
    await sparse.close();
    expect(await value('A18', 'MultixactPercent')).toBeCloseTo(before, 3);
  });

  test('is blind without its function, and where it may not call it', async () => {
    for (const [harm, repair] of [
      [
        `REVOKE USAGE ON SCHEMA holdfast FROM ${MONITOR}`,
        `GRANT USAGE ON SCHEMA holdfast TO ${MONITOR}`,
      ],
      ['DROP FUNCTION holdfast.multixact_members()', 'SELECT 1'],
    ] as const) {
      await sql(harm);
      const result = await probe('A18');
      expect(result).toMatchObject({ standing: 'blind' });
      expect(result.values).toBeUndefined();
      await sql(repair);
    }
    expect((await probe('A18')).says).toContain('holdfast init');
  });
});
