import { beforeAll, describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import type { ClusterSetup } from '../../lib/core/ports/cluster-server.ts';
import { testServer } from '../support/postgres-server.ts';

const NAMES = ['access_rules', 'bloat', 'logins', 'multixact_members', 'sequence_use'];

const it = testServer();
const setup = (): ClusterSetup => openClusterSetup(it().server.connection);
const sql = async (statement: string, user = 'postgres', database = 'postgres'): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
    environment: { PGUSER: user, PGDATABASE: database },
  });

beforeAll(async () => {
  await sql('CREATE DATABASE shut ALLOW_CONNECTIONS false');
  await sql('CREATE DATABASE half_dropped');
  await sql(`UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half_dropped'`);
  await sql('CREATE ROLE stranger LOGIN');
  await ensureRoles(setup(), it().instance.major, {});
});

describe('functions for checks', () => {
  test('are made in every database that takes connections, and in those made later', async () => {
    expect(await setup().lackingHealthFunctions(MONITOR)).toEqual(['postgres', 'template1']);
    expect(await setup().ensureHealthFunctions(MONITOR)).toEqual(['postgres', 'template1']);
    expect(await setup().lackingHealthFunctions(MONITOR)).toEqual([]);
    expect(await setup().ensureHealthFunctions(MONITOR)).toEqual([]);
    await sql('CREATE DATABASE young');
    expect(await setup().lackingHealthFunctions(MONITOR)).toEqual([]);
    for (const name of NAMES) {
      expect(await sql(`SELECT count(*) >= 0 FROM holdfast.${name}()`, MONITOR, 'young')).toBe('t');
    }
  });

  test('are those of no other role, and give the monitor no other right', async () => {
    for (const name of NAMES) {
      const call = sql(`SELECT holdfast.${name}()`, 'stranger');
      await expect(call).rejects.toThrow(/permission denied/);
    }
    await expect(sql('TABLE pg_authid', MONITOR)).rejects.toThrow(/permission denied/);
    await expect(sql('TABLE pg_hba_file_rules', MONITOR)).rejects.toThrow(/permission denied/);
    await expect(sql('CREATE TABLE holdfast.mine ()', MONITOR)).rejects.toThrow(/denied/);
  });

  test.for([
    ['dropped', 'DROP FUNCTION holdfast.logins()'],
    ['older', "COMMENT ON FUNCTION holdfast.logins() IS 'of another version'"],
    ['revoked', `REVOKE EXECUTE ON FUNCTION holdfast.logins() FROM ${MONITOR}`],
    ['out of reach', `REVOKE USAGE ON SCHEMA holdfast FROM ${MONITOR}`],
    ['in a database closed to it', 'REVOKE CONNECT ON DATABASE young FROM PUBLIC'],
    [
      'dropped where transactions only read',
      'ALTER DATABASE young SET default_transaction_read_only = on; DROP FUNCTION holdfast.logins()',
    ],
    ["somebody else's", 'ALTER FUNCTION holdfast.logins() OWNER TO stranger'],
    ["in somebody else's schema", 'ALTER SCHEMA holdfast OWNER TO stranger'],
    [
      'of other columns',
      'DROP FUNCTION holdfast.logins(); CREATE FUNCTION holdfast.logins() RETURNS int RETURN 1',
    ],
  ] as const)('are made again where one is %s', async ([, harm]) => {
    await sql(harm, 'postgres', 'young');
    expect(await setup().lackingHealthFunctions(MONITOR)).toEqual(['young']);
    expect(await setup().ensureHealthFunctions(MONITOR)).toEqual(['young']);
    expect(await setup().lackingHealthFunctions(MONITOR)).toEqual([]);
    const owners = `SELECT DISTINCT proowner::regrole FROM pg_proc WHERE pronamespace = 'holdfast'::regnamespace`;
    expect(await sql(owners, 'postgres', 'young')).toBe('postgres');
    expect(await sql('SELECT count(*) > 0 FROM holdfast.logins()', MONITOR, 'young')).toBe('t');
    await sql('ALTER DATABASE young RESET default_transaction_read_only');
  });

  test('look at no table, type, function or operator of their caller', async () => {
    await sql(`CREATE SCHEMA trap AUTHORIZATION ${MONITOR}`);
    const trap = `
      CREATE TEMP TABLE pg_authid (rolname name, rolsuper bool, rolpassword text, rolcanlogin bool);
      INSERT INTO pg_authid VALUES ('forged', true, null, true);
      CREATE FUNCTION trap.md5(text) RETURNS text LANGUAGE sql AS $$ SELECT 'forged' $$;
      CREATE FUNCTION trap.differ(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT false $$;
      CREATE OPERATOR trap.!~ (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.differ);
      SET search_path = trap, pg_temp, pg_catalog;
      SELECT string_agg(role, ',') FROM holdfast.logins();
      SELECT digest FROM holdfast.access_rules();`;
    const seen = await sql(trap, MONITOR);
    expect(seen).not.toContain('forged');
    expect(seen).toMatch(/^postgres,.*\n[0-9a-f]{32}$/);
  });
});

describe('the monitoring role', () => {
  test('begins with limits that it cannot lift', async () => {
    expect(await sql('SHOW temp_file_limit; SHOW statement_timeout', MONITOR)).toBe('64MB\n30s');
    await expect(sql('SET temp_file_limit = -1', MONITOR)).rejects.toThrow(/permission denied/);
  });
});
