import { describe, expect, test } from 'vitest';
import { STATEMENT_CHECKS } from '../../lib/core/health/checks/statements.ts';
import { checkedServer, leftBy } from '../support/checked-server.ts';

const { sql, probe } = checkedServer(STATEMENT_CHECKS, {
  settings: { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.max': '100' },
});

describe('C18 statements-forgotten', () => {
  test('is blind where the extension is loaded and not created', async () => {
    expect(await probe('C18')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/not created in the database/),
    });
  });

  test('is fine while there is room, in whatever schema the extension is', async () => {
    await sql(`
      CREATE SCHEMA "Tools"; GRANT USAGE ON SCHEMA "Tools" TO PUBLIC;
      CREATE EXTENSION pg_stat_statements SCHEMA "Tools"`);
    const first = await probe('C18');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(await probe('C18', { before: leftBy(first) })).toMatchObject({
      standing: 'ok',
      values: { WorkloadTroubles: 0 },
    });
  });

  test('warns for an hour once statements were thrown out', async () => {
    const first = await probe('C18');
    await sql(`DO $$ BEGIN FOR i IN 1..300 LOOP
      EXECUTE format('SELECT 1 AS %I', 'c' || i); EXECUTE format('CREATE TEMP TABLE t%s (c int)', i);
    END LOOP; END $$; ${Array.from({ length: 300 }, (_, i) => `SELECT ${'1,'.repeat(i)} 1`).join(';')}`);
    const warned = await probe('C18', { before: leftBy(first) });
    expect(warned).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/^statements were thrown out for want of room/),
      values: { WorkloadTroubles: 1 },
    });
    const quiet = { ...warned.counters, 'C18.dealloc': warned.counters?.['C18.dealloc'] ?? 0 };
    const now = (afterSec: number): Date => new Date(Date.now() + afterSec * 1_000);
    const before = { at: now(0), counters: quiet };
    expect(await probe('C18', { before, now: now(600) })).toMatchObject({ standing: 'warn' });
    expect(await probe('C18', { before, now: now(4_000) })).toMatchObject({ standing: 'ok' });
  });

  test('is blind where its view may not be seen', async () => {
    await sql('REVOKE ALL ON "Tools".pg_stat_statements_info FROM PUBLIC');
    expect(await probe('C18')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/permission denied/),
    });
    await sql('GRANT SELECT ON "Tools".pg_stat_statements_info TO PUBLIC');
  });
});

describe('C18 statements-forgotten, of a server that loads nothing', () => {
  const bare = checkedServer(STATEMENT_CHECKS);

  test('is absent', async () => {
    expect(await bare.probe('C18')).toMatchObject({
      standing: 'absent',
      says: 'pg_stat_statements is not loaded',
    });
  });
});
