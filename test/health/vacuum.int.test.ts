import { describe, expect, test } from 'vitest';
import { VACUUM_CHECKS } from '../../lib/core/health/checks/vacuum.ts';
import { leftBy, checkedServer } from '../support/checked-server.ts';
import { until } from '../support/until.ts';

const { sql, probe } = checkedServer(VACUUM_CHECKS, {
  settings: {
    autovacuum_max_workers: '1',
    autovacuum_naptime: '1s',
  },
});

describe('C6 autovacuum-busy', () => {
  test('warns once all workers have been at work for an hour', async () => {
    await sql(`
      CREATE TABLE dirty (g int)
        WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
      INSERT INTO dirty SELECT g FROM generate_series(1, 200000) g;
      DELETE FROM dirty`);
    const busy = await until('a worker', async () => {
      const result = await probe('C6');
      return (result.findings ?? []).some(({ says }) => says.includes('dirty')) && result;
    });
    expect(busy).toMatchObject({
      standing: 'ok',
      values: { AutovacuumBusyPercent: 100 },
      findings: [{ subject: expect.stringMatching(/^pid \d+$/) }],
    });
    const hour = { 'C6.busySinceSec': Date.now() / 1_000 - 4_000 };
    const before = leftBy({ ...busy, counters: hour });
    expect(await probe('C6', { before })).toMatchObject({
      standing: 'warn',
      says: expect.stringMatching(/^1 of 1 worker at work, seen so for 1 h/),
    });
    await sql('DROP TABLE dirty');
    const idle = await until('no worker', async () => {
      const result = await probe('C6', { before });
      return result.values?.AutovacuumBusyPercent === 0 && result;
    });
    expect(idle).toMatchObject({ standing: 'ok', counters: { 'C6.busySinceSec': 0 } });
  });

  test('warns while autovacuum is off', async () => {
    await sql('ALTER SYSTEM SET autovacuum = off');
    await sql('SELECT pg_reload_conf()');
    const off = await until('it to be off', async () => {
      const result = await probe('C6');
      return result.standing === 'warn' && result;
    });
    expect(off).toMatchObject({
      says: expect.stringMatching(/^autovacuum is off/),
      values: { VacuumTroubles: 1, AutovacuumBusyPercent: 0 },
    });
    await sql('ALTER SYSTEM RESET autovacuum');
    await sql('SELECT pg_reload_conf()');
    await until('it to be on', async () => (await probe('C6')).standing === 'ok');
  });

  test('is blind to a role that sees only its own sessions', async () => {
    expect(await probe('C6', {}, 'stranger')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/no member of pg_monitor/),
    });
  });
});
