import { describe, expect, test } from 'vitest';
import { STATISTICS_CHECKS } from '../../lib/core/health/checks/statistics.ts';
import { leftBy, checkedServer } from '../support/checked-server.ts';

const { sql, probe, counted, whileHidden } = checkedServer(STATISTICS_CHECKS, {
  settings: { autovacuum: 'off' },
});
const ROWS = 'SELECT g AS id, 0 AS v FROM generate_series(1, 20000) g';

describe('C9 stale-statistics', () => {
  test('is fine when tables were analyzed, and of new and small ones', async () => {
    await sql(`CREATE TABLE small (id int); INSERT INTO small VALUES (1)`);
    expect(await probe('C9')).toMatchObject({ standing: 'ok', values: { VacuumTroubles: 0 } });
  });

  test('warns of tables that were never analyzed, and of those that changed since', async () => {
    await counted(`CREATE TABLE facts AS ${ROWS}`);
    const never = await probe('C9');
    expect(never).toMatchObject({
      standing: 'warn',
      values: { VacuumTroubles: 1 },
      findings: [
        { subject: 'postgres: public.facts', says: expect.stringMatching(/^never analyzed/) },
      ],
    });
    await counted('ANALYZE facts');
    expect(await probe('C9')).toMatchObject({ standing: 'ok' });
    await counted('UPDATE facts SET v = 1');
    const stale = await probe('C9');
    expect(stale.findings).toEqual([
      { subject: 'postgres: public.facts', says: '20000 rows changed since it was analyzed' },
    ]);
    await sql('DROP TABLE facts');
  });

  test('warns of a table with partitions that nobody analyzed', async () => {
    await counted(`
      CREATE TABLE whole (id int, v int) PARTITION BY RANGE (id);
      CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (100000);
      INSERT INTO whole ${ROWS}`);
    await counted('ANALYZE part');
    expect((await probe('C9')).findings).toEqual([
      {
        subject: 'postgres: public.whole',
        says: expect.stringMatching(/autovacuum never does that .* 20000 rows$/),
      },
    ]);
    await counted('ANALYZE whole');
    expect(await probe('C9')).toMatchObject({ standing: 'ok' });
    await sql('DROP TABLE whole');
  });

  test('is blind where tables may not be seen', async () => {
    await whileHidden('pg_class', async () => {
      expect(await probe('C9')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});

describe('C11 updates-in-place', () => {
  const update = async (times: number): Promise<void> => {
    await counted(
      `DO $$ BEGIN FOR i IN 1..${times} LOOP UPDATE few SET v = v + 1; COMMIT; END LOOP; END $$`,
    );
  };

  test('warns when updates no longer leave the indexes alone', async () => {
    await sql(`
      CREATE TABLE few (id int PRIMARY KEY, v int) WITH (fillfactor = 10);
      INSERT INTO few SELECT g, 0 FROM generate_series(1, 100) g`);
    const first = await probe('C11');
    expect(first).toMatchObject({ standing: 'waiting' });
    await update(100);
    const usual = await probe('C11', { before: leftBy(first, 300) });
    expect(usual).toMatchObject({ standing: 'ok', values: { VacuumTroubles: 0 } });
    await update(100);
    const still = await probe('C11', { before: leftBy(usual, 300) });
    expect(still).toMatchObject({ standing: 'ok', values: { VacuumTroubles: 0 } });
    await sql('CREATE INDEX ON few (v)');
    await update(100);
    expect(await probe('C11', { before: leftBy(still, 300) })).toMatchObject({
      standing: 'warn',
      values: { VacuumTroubles: 1 },
      findings: [
        {
          subject: 'postgres',
          says: expect.stringMatching(/^0 % of updates in place, and \d+ % before/),
        },
      ],
    });
  });

  test('is blind where tables may not be seen', async () => {
    await whileHidden('pg_class', async () => {
      expect(await probe('C11')).toMatchObject({ standing: 'blind' });
    });
  });
});
