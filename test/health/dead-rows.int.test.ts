import { beforeAll, describe, expect, test } from 'vitest';
import { DEAD_ROW_CHECKS } from '../../lib/core/health/checks/dead-rows.ts';
import { checkedServer } from '../support/checked-server.ts';

const { it, sql, probe, counted, whileHidden } = checkedServer(DEAD_ROW_CHECKS, {
  settings: { autovacuum: 'off' },
});

beforeAll(async () => {
  await sql(`CREATE TABLE busy AS SELECT g AS id, 0 AS v FROM generate_series(1, 20000) g`);
  await sql('VACUUM ANALYZE busy');
});

describe('C8 dead-rows', () => {
  test('is fine below the threshold of autovacuum, and a little above it', async () => {
    expect(await probe('C8')).toMatchObject({ standing: 'ok', values: { DeadTupleTables: 0 } });
  });

  test('warns beyond twice the threshold, and counts a table beyond five times', async () => {
    await counted('UPDATE busy SET v = 1');
    const some = await probe('C8');
    expect(some).toMatchObject({ standing: 'warn', values: { DeadTupleTables: 0 } });
    expect(some.findings).toEqual([
      {
        subject: 'postgres: public.busy',
        says: expect.stringMatching(/^20000 dead rows, 4\.9 times its threshold$/),
      },
    ]);
    await counted('UPDATE busy SET v = 2');
    expect(await probe('C8')).toMatchObject({ standing: 'warn', values: { DeadTupleTables: 1 } });
  });

  test('goes by the table’s own options', async () => {
    await sql('ALTER TABLE busy SET (autovacuum_vacuum_threshold = 100000)');
    expect(await probe('C8')).toMatchObject({ standing: 'ok', values: { DeadTupleTables: 0 } });
    await sql('ALTER TABLE busy RESET (autovacuum_vacuum_threshold)');
    await sql('ALTER TABLE busy SET (autovacuum_enabled = off)');
    expect((await probe('C8')).findings).toMatchObject([
      { says: expect.stringMatching(/autovacuum is off for it$/) },
    ]);
    await sql('ALTER TABLE busy RESET (autovacuum_enabled)');
  });

  test('knows the limit that PostgreSQL 18 puts to the share', async () => {
    if (it().instance.major < 18) return;
    await sql('ALTER TABLE busy SET (autovacuum_vacuum_threshold = 100000)');
    await sql('ALTER TABLE busy SET (autovacuum_vacuum_max_threshold = 1000)');
    expect(await probe('C8')).toMatchObject({ standing: 'warn', values: { DeadTupleTables: 1 } });
    await sql('ALTER TABLE busy SET (autovacuum_vacuum_max_threshold = -1)');
    expect(await probe('C8')).toMatchObject({ standing: 'ok' });
    await sql(
      'ALTER TABLE busy RESET (autovacuum_vacuum_threshold, autovacuum_vacuum_max_threshold)',
    );
  });

  test('names the table of a TOAST, and takes its options', async () => {
    await counted(`
      CREATE TABLE wide (v text);
      ALTER TABLE wide ALTER v SET STORAGE EXTERNAL;
      INSERT INTO wide SELECT repeat('x', 8000) FROM generate_series(1, 10000);
      DELETE FROM wide`);
    await counted('VACUUM busy');
    const { findings: found } = await probe('C8');
    expect(found).toMatchObject([{ subject: 'postgres: the TOAST of public.wide' }]);
    await sql('ALTER TABLE wide SET (autovacuum_vacuum_threshold = 1000000)');
    expect(await probe('C8')).toMatchObject({ standing: 'ok' });
    await sql('DROP TABLE wide');
  });

  test('is blind where tables may not be seen', async () => {
    await whileHidden('pg_class', async () => {
      expect(await probe('C8')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});
