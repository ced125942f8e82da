import { describe, expect, test } from 'vitest';
import { BLOAT_CHECKS } from '../../lib/core/health/checks/bloat.ts';
import { checkedServer } from '../support/checked-server.ts';

const { sql, probe } = checkedServer(BLOAT_CHECKS);
/** In place of the estimate, which has tests of its own, for tables of many gigabytes. */
const estimate = async (...rows: readonly string[]): Promise<string> =>
  sql(`
    CREATE OR REPLACE FUNCTION holdfast.bloat()
      RETURNS TABLE (object text, kind text, bytes bigint, waste_bytes bigint, waste_percent float8)
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$ VALUES ${rows.join(', ')} $$`);

describe('C10 bloat', () => {
  test('is fine of small tables, by the estimate that init made', async () => {
    await sql(`CREATE TABLE small AS SELECT g FROM generate_series(1, 1000) g; ANALYZE small`);
    expect(await probe('C10')).toMatchObject({ standing: 'ok', values: { BloatedTables: 0 } });
  });

  test('warns of air by bytes and share, and counts what is mostly air', async () => {
    await estimate(
      `('public.much', 'table', 10000000000, 8000000000, 80)`,
      `('public.some', 'index', 10000000000, 4000000000, 40)`,
      `('public.little', 'table', 100000000, 90000000, 90)`,
    );
    expect(await probe('C10')).toMatchObject({
      standing: 'warn',
      values: { BloatedTables: 1 },
      findings: [
        {
          subject: 'postgres: public.much',
          says: expect.stringMatching(/^table of 9.3 GiB.*80 %/),
        },
        {
          subject: 'postgres: public.some',
          says: expect.stringMatching(/^index of 9.3 GiB.*40 %/),
        },
      ],
    });
    await estimate(`('public.little', 'table', 100000000, 90000000, 90)`);
    expect(await probe('C10')).toMatchObject({ standing: 'ok', values: { BloatedTables: 0 } });
  });

  test('is blind without the function, and where it gives no number', async () => {
    await estimate(`('public.much', 'table', 10000000000, NULL::bigint, 80)`);
    expect(await probe('C10')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/no usable waste/),
    });
    await sql('DROP FUNCTION holdfast.bloat()');
    expect(await probe('C10')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/run holdfast init$/),
    });
  });
});
