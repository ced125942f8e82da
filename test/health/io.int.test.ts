import { describe, expect, test } from 'vitest';
import { IO_CHECKS } from '../../lib/core/health/checks/io.ts';
import { leftBy, checkedServer } from '../support/checked-server.ts';

const { it, sql, probe, counted, open, whileHidden } = checkedServer(IO_CHECKS, {
  settings: { shared_buffers: '1MB' },
});

describe('C4 reads', () => {
  const READ = 'SELECT count(*) FROM large';

  test('says nothing of few reads, and is fine', async () => {
    const first = await probe('C4');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(await probe('C4', { before: leftBy(first) })).toMatchObject({
      standing: 'ok',
      values: { WorkloadTroubles: 0 },
    });
  });

  test('warns when most pages do not come from memory', async () => {
    await sql(`CREATE TABLE large AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)`);
    await sql('VACUUM ANALYZE large');
    const first = await probe('C4');
    await counted(`${READ}; ${READ}`);
    expect(await probe('C4', { before: leftBy(first) })).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/% of pages came from memory$/),
      values: { WorkloadTroubles: 1 },
    });
  });

  test('goes by the time of a read where the server takes it', async () => {
    if (it().instance.major < 16) return;
    await sql('ALTER ROLE postgres SET track_io_timing = on');
    await sql('ALTER ROLE holdfast_monitor SET track_io_timing = on');
    const first = await probe('C4');
    await counted(`${READ}; ${READ}`);
    expect(await probe('C4', { before: leftBy(first) })).toMatchObject({
      standing: 'ok',
      says: expect.stringMatching(/^a read takes \d+\.\d ms; /),
      values: { WorkloadTroubles: 0 },
    });
    await sql('ALTER ROLE postgres RESET track_io_timing');
    await sql('ALTER ROLE holdfast_monitor RESET track_io_timing');
  });

  test('is blind where the counters may not be seen', async () => {
    await whileHidden('pg_stat_database', async () => {
      expect(await probe('C4')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
  });
});

describe('C16 subtransactions', () => {
  test('is fine while nobody reads of them', async () => {
    const first = await probe('C16');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(await probe('C16', { before: leftBy(first) })).toMatchObject({
      standing: 'ok',
      values: { WorkloadTroubles: 0 },
    });
  });

  test('warns while a transaction of very many makes readers look for each', async () => {
    await sql(`CREATE TABLE written (place float8); CREATE INDEX ON written (place)`);
    await using writer = await open();
    await writer.run(`
      BEGIN;
      DO $$ BEGIN FOR i IN 1..150000 LOOP
        BEGIN INSERT INTO written VALUES (random()); EXCEPTION WHEN division_by_zero THEN NULL; END;
      END LOOP; END $$`);
    const first = await probe('C16');
    // A snapshot asks only for what was there before the newest that has ended.
    await sql('SELECT pg_current_xact_id()');
    // In the order of a random column, so that one lookup seldom finds the page of the one before.
    await counted(
      'SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(place) FROM written WHERE place > 0',
    );
    const result = await probe('C16', { before: leftBy(first) });
    expect(result).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/reads a minute/),
      values: { WorkloadTroubles: 1 },
    });
    await writer.run('ROLLBACK');
    expect(await probe('C16', { before: leftBy(result) })).toMatchObject({ standing: 'ok' });
  });

  test('is blind to a role that sees only its own sessions', async () => {
    expect(await probe('C16', {}, 'stranger')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/no member of pg_monitor/),
    });
  });
});
