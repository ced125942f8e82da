import { beforeAll, describe, expect, test } from 'vitest';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const it = testServer({ settings: { max_locks_per_transaction: '256' } });
const sql = async (statement: string, user = 'postgres'): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
    environment: { PGUSER: user },
  });
const ask = async (statement: string): Promise<string> => sql(statement, MONITOR);

beforeAll(async () => {
  const setup = openClusterSetup(it().server.connection);
  await ensureRoles(setup, it().instance.major, {});
  await setup.ensureHealthFunctions(MONITOR);
});

describe('holdfast.sequence_use', () => {
  const used = async (name: string): Promise<string> =>
    ask(
      `SELECT column_name, last_value, limit_value, round(used_percent::numeric, 2)
         FROM holdfast.sequence_use() WHERE sequence = '${name}'`,
    );

  test('takes the nearer of the sequence’s end and its column’s', async () => {
    await sql(`
      CREATE TABLE small (id serial, "Wide" bigserial, by_hand smallint);
      CREATE SEQUENCE free AS bigint;
      ALTER TABLE small ALTER by_hand SET DEFAULT nextval('free');
      ALTER SEQUENCE small_id_seq AS bigint;
      SELECT setval('small_id_seq', 1073741824), setval('"small_Wide_seq"', 1073741824), setval('free', 16384)`);
    expect(await used('public.small_id_seq')).toBe('public.small.id|1073741824|2147483647|50.00');
    // Nobody lives to see its end.
    expect(await used('public."small_Wide_seq"')).toBe('');
    expect(await used('public.free')).toBe('public.small.by_hand|16384|32767|50.00');
    await sql('DROP TABLE small; DROP SEQUENCE free');
  });

  test('knows those that fall, that begin below zero, that end, that are new, that go round', async () => {
    await sql(`
      CREATE SEQUENCE falling INCREMENT -1 MINVALUE -101 MAXVALUE -1;
      CREATE SEQUENCE deep MINVALUE -100 MAXVALUE 100 START -100;
      CREATE SEQUENCE ended MAXVALUE 2 START 2;
      CREATE SEQUENCE fresh MAXVALUE 9;
      CREATE SEQUENCE round MAXVALUE 10 CYCLE;
      SELECT setval('falling', -76), setval('deep', 0), nextval('ended'), setval('round', 10)`);
    expect(await used('public.falling')).toBe('|-76|-101|75.00');
    expect(await used('public.deep')).toBe('|0|100|50.00');
    expect(await used('public.ended')).toBe('|2|2|100.00');
    expect(await used('public.fresh')).toBe('|1|9|0.00');
    expect(await used('public.round')).toBe('');
    await sql('DROP SEQUENCE falling, deep, ended, fresh, round');
  });

  test('gives the ten that are nearest to their end, none of a session’s own', async () => {
    await sql(`
      DO $$ BEGIN FOR i IN 10..30 LOOP
        EXECUTE format('CREATE SEQUENCE s%s MAXVALUE 100', i);
        PERFORM setval(format('s%s', i), i);
      END LOOP; END $$`);
    const listed = `CREATE TEMP SEQUENCE own MAXVALUE 2 START 2; SELECT nextval('own');
      SELECT string_agg(sequence, ' ') FROM holdfast.sequence_use()`;
    const names = (await ask(listed)).split('\n').at(-1)?.split(' ');
    expect(names).toHaveLength(10);
    expect(names?.[0]).toBe('public.s30');
  });
});

describe('holdfast.sequence_use, of more sequences than it opens', () => {
  test('looks at those of tables that many rows went into, and at those of none', async () => {
    await sql(`
      DO $$ BEGIN FOR i IN 1..2000 LOOP EXECUTE format('CREATE TABLE idle%s (id serial)', i); END LOOP; END $$`);
    await sql('CREATE TABLE busy (id serial); CREATE SEQUENCE loose AS int');
    await sql(`INSERT INTO busy SELECT FROM generate_series(1, 100); DELETE FROM busy`);
    await sql(`SELECT setval('busy_id_seq', 2147483640), setval('loose', 2147483645)`);
    const nearest = 'SELECT sequence FROM holdfast.sequence_use() LIMIT 2';
    await until('the rows are counted', async () => {
      const names = (await ask(nearest)).split('\n');
      return names[0] === 'public.loose' && names[1] === 'public.busy_id_seq';
    });
    expect(await ask(nearest)).toBe('public.loose\npublic.busy_id_seq');
  });

  test('takes no more than a tenth of the locks that the server has room for', async () => {
    const held = `
      BEGIN; SELECT count(*) FROM holdfast.sequence_use();
      SELECT count(DISTINCT l.relation) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       WHERE l.pid = pg_backend_pid() AND c.relkind = 'S';
      COMMIT`;
    const limit = `SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int / 10`;
    const room = Math.min(2_000, Number(await sql(limit)));
    expect(await ask(held)).toBe(`10\n${room}`);
    await sql(`ALTER SYSTEM SET max_locks_per_transaction = 40`);
    await it().server.restart();
    const less = Number(await sql(limit));
    expect(less).toBeLessThan(room);
    expect(await ask(held)).toBe(`10\n${less}`);
  });
});

describe('holdfast.bloat', () => {
  const waste = async (object: string): Promise<number> =>
    Number(await ask(`SELECT waste_percent FROM holdfast.bloat() WHERE object = '${object}'`));

  test('sees the air in a table and its unique index, and none in fresh ones', async () => {
    await sql(`
      CREATE TABLE airy (id bigint PRIMARY KEY, body text, at timestamptz) WITH (autovacuum_enabled = off);
      CREATE TABLE dense (LIKE airy INCLUDING ALL);
      INSERT INTO dense SELECT i, md5(i::text), now() FROM generate_series(1, 60000) i;
      INSERT INTO airy SELECT * FROM dense;
      CREATE INDEX airy_at ON airy (at);`);
    await sql('DELETE FROM airy WHERE id % 10 <> 0');
    await sql('VACUUM ANALYZE airy');
    await sql('VACUUM ANALYZE dense');
    expect(await waste('public.airy')).toBeGreaterThan(80);
    expect(await waste('public.airy_pkey')).toBeGreaterThan(80);
    expect(await waste('public.dense')).toBeLessThan(10);
    expect(await waste('public.dense_pkey')).toBeLessThan(15);
  });

  test('says nothing of an index whose keys repeat, nor of a table that was never analyzed', async () => {
    await sql('CREATE TABLE unseen WITH (autovacuum_enabled = off) AS TABLE dense');
    await sql('VACUUM unseen');
    const objects = await ask('SELECT object FROM holdfast.bloat()');
    expect(objects).toContain('public.airy_pkey');
    expect(objects).not.toMatch(/airy_at|unseen/);
  });
});

describe('holdfast.access_rules, logins, multixact_members', () => {
  test('count rules that trust, and tell when any is changed', async () => {
    const before = (await ask('SELECT * FROM holdfast.access_rules()')).split('|');
    expect(Number(before[0])).toBeGreaterThan(0);
    expect(before[1]).toBe('0');
    const file = await sql('SHOW hba_file');
    await sql(`COPY (SELECT 'local all all trust' UNION ALL SELECT 'host nonsense') TO '${file}'`);
    const after = (await ask('SELECT * FROM holdfast.access_rules()')).split('|');
    expect(after.slice(0, 2)).toEqual(['1', '1']);
    expect(after[2]).not.toBe(before[2]);
    await sql(`COPY (SELECT 'local all all trust') TO '${file}'`);
  });

  test('tell who may log in, and whether with a password', async () => {
    await sql(`CREATE ROLE keyed LOGIN PASSWORD 'pencil'; CREATE ROLE grouped`);
    const logins = await ask('SELECT * FROM holdfast.logins()');
    expect(logins).toContain('postgres|t|f');
    expect(logins).toContain('keyed|f|t');
    expect(logins).not.toContain('grouped');
  });

  test('tell how large the members of multixacts are', async () => {
    expect(
      Number(await ask('SELECT member_bytes FROM holdfast.multixact_members()')),
    ).toBeGreaterThanOrEqual(8_192);
  });
});
