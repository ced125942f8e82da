import { beforeAll, describe, expect, test } from 'vitest';
import { NUMBER_CHECKS } from '../../lib/core/health/checks/numbers.ts';
import { checkOf } from '../support/health-probe.ts';
import { watchedServer } from '../support/watched-server.ts';

const { sql, probe } = watchedServer();
const check = checkOf(NUMBER_CHECKS, 'B11');
const SHOP = { database: 'shop' };

describe('B11 sequence-used', () => {
  beforeAll(async () => {
    await sql('CREATE DATABASE shop');
  });

  test('is fine where there are no sequences', async () => {
    expect(await probe(check)).toMatchObject({
      standing: 'ok',
      says: 'there are no sequences',
      values: { SequencePercent: 0 },
    });
  });

  test('is fine with a young one, warns of an older one, pages near the end of the column', async () => {
    await sql('CREATE TABLE orders (id serial)', SHOP);
    // Of its own it has far more numbers than the column.
    await sql('ALTER SEQUENCE orders_id_seq AS bigint', SHOP);
    const used = async (share: number): Promise<unknown> => {
      await sql(`SELECT setval('orders_id_seq', ${Math.ceil(share * (2 ** 31 - 1)) + 1})`, SHOP);
      return probe(check);
    };
    expect(await used(0.5)).toMatchObject({ standing: 'ok', findings: [] });
    expect(await used(0.75)).toMatchObject({ standing: 'warn' });
    expect(await used(0.9)).toMatchObject({
      standing: 'page',
      values: { SequencePercent: expect.closeTo(90, 3) },
      findings: [{ subject: 'shop.public.orders_id_seq', says: '90 % used, for public.orders.id' }],
    });
    await sql('DROP TABLE orders', SHOP);
    expect(await probe(check)).toMatchObject({ standing: 'ok' });
  });

  test('tells what is bad in one database although it could not see another', async () => {
    await sql('CREATE SEQUENCE numbers MAXVALUE 10');
    await sql(`SELECT setval('numbers', 10)`);
    await sql('DROP FUNCTION holdfast.sequence_use()', SHOP);
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'page', values: { SequencePercent: 100 } });
    expect(result.says).toMatch(/postgres\.public\.numbers .* not seen: shop: /);
    await sql('DROP SEQUENCE numbers');
    const blinded = await probe(check);
    expect(blinded).toMatchObject({ standing: 'blind' });
    expect(blinded.says).toMatch(/not seen: shop: .*sequence_use/);
    expect(blinded.values).toBeUndefined();
  });

  test('calls no function that somebody else has put in its place', async () => {
    await sql('CREATE ROLE maker LOGIN');
    await sql('CREATE DATABASE lure OWNER maker TEMPLATE template0');
    await sql('CREATE SCHEMA holdfast AUTHORIZATION maker', { database: 'lure' });
    await sql(
      `CREATE FUNCTION holdfast.sequence_use() RETURNS TABLE(sequence text) LANGUAGE plpgsql
       AS $$BEGIN RAISE EXCEPTION 'called'; END$$`,
      { database: 'lure' },
    );
    for (const owner of ['maker', 'postgres']) {
      await sql(`ALTER FUNCTION holdfast.sequence_use() OWNER TO ${owner}`, { database: 'lure' });
      const result = await probe(check);
      expect(result).toMatchObject({ standing: 'blind' });
      expect(result.says).toContain(`lure: holdfast.sequence_use is not init's`);
    }
    await sql('DROP DATABASE lure');
  });

  test('is blind to a role that may not call the function', async () => {
    const result = await probe(check, {}, 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/sequence_use\(\) is missing: run "holdfast init"/);
  });
});
