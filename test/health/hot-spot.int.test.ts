import { describe, expect, test } from 'vitest';
import { HOT_SPOT_CHECKS } from '../../lib/core/health/checks/hot-spot.ts';
import { checkedServer, leftBy } from '../support/checked-server.ts';

const { sql, probe, counted, whileHidden } = checkedServer(HOT_SPOT_CHECKS, {
  settings: { autovacuum: 'off' },
});
const read = async (table: string, times: number): Promise<void> =>
  counted(`DO $$ BEGIN FOR i IN 1..${times} LOOP PERFORM count(*) FROM ${table}; END LOOP; END $$`);

describe('C17 hot-table', () => {
  test('is fine of a table that was always read most, and warns of one that was not', async () => {
    await sql(`
      CREATE TABLE often AS SELECT g FROM generate_series(1, 100000) g;
      CREATE TABLE seldom AS SELECT g FROM generate_series(1, 100000) g`);
    const first = await probe('C17');
    expect(first).toMatchObject({ standing: 'waiting' });
    await read('often', 15);
    const grown = await probe('C17', { before: leftBy(first, 300) });
    expect(grown).toMatchObject({ standing: 'ok', values: { WorkloadTroubles: 0 } });
    await read('often', 15);
    const usual = await probe('C17', { before: leftBy(grown, 300) });
    expect(usual).toMatchObject({ standing: 'ok', values: { WorkloadTroubles: 0 } });
    await read('seldom', 15);
    const hot = await probe('C17', { before: leftBy(usual, 300) });
    expect(hot).toMatchObject({
      standing: 'warn',
      values: { WorkloadTroubles: 1 },
      findings: [
        { subject: 'postgres: public.seldom', says: '100 % of 1500000 rows read, and 0 % before' },
      ],
    });
    await read('often', 1);
    expect(await probe('C17', { before: leftBy(hot, 300) })).toMatchObject({ standing: 'ok' });
  });

  test('is blind where tables may not be seen', async () => {
    await whileHidden('pg_class', async () => {
      expect(await probe('C17')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});
