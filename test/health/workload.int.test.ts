import { describe, expect, test } from 'vitest';
import { WORKLOAD_CHECKS } from '../../lib/core/health/checks/workload.ts';
import { leftBy, checkedServer, thresholds } from '../support/checked-server.ts';
import { until } from '../support/until.ts';

const {
  sql,
  probe,
  counted: told,
  open,
  whileHidden,
} = checkedServer(WORKLOAD_CHECKS, {
  settings: { deadlock_timeout: '50ms' },
});
/** Of the database's counters, which a session reports when it ends. */
const counted = async (column: string): Promise<number> =>
  Number(await sql(`SELECT sum(${column}) FROM pg_stat_database`));

async function deadlock(): Promise<void> {
  await using one = await open();
  await using other = await open();
  await one.run('BEGIN; SELECT pg_advisory_xact_lock(1)');
  await other.run('BEGIN; SELECT pg_advisory_xact_lock(2)');
  const outcomes = await Promise.allSettled([
    one.run('SELECT pg_advisory_xact_lock(2)').then(async () => one.run('COMMIT')),
    other.run('SELECT pg_advisory_xact_lock(1)').then(async () => other.run('COMMIT')),
  ]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
}

describe('C1 deadlocks', () => {
  test('waits at first, and is fine while nobody deadlocks', async () => {
    const first = await probe('C1');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(first.values).toBeUndefined();
    expect(await probe('C1', { before: leftBy(first) })).toMatchObject({
      standing: 'ok',
      values: { DeadlocksPerMin: 0 },
    });
  });

  test('warns of transactions that were ended as a deadlock, and names their database', async () => {
    const first = await probe('C1');
    const before = await counted('deadlocks');
    await deadlock();
    await until('the count', async () => (await counted('deadlocks')) > before);
    const result = await probe('C1', {
      before: leftBy(first),
      thresholds: thresholds({ deadlocksPerMin: { warn: 0.5 } }),
    });
    expect(result).toMatchObject({
      standing: 'warn',
      findings: [{ subject: 'postgres', says: expect.stringMatching(/^1\.\d a minute$/) }],
    });
    expect(result.values?.DeadlocksPerMin).toBeGreaterThan(0.5);
    expect(await probe('C1', { before: leftBy(result) })).toMatchObject({ standing: 'ok' });
  });

  test('waits again when the counters were set back', async () => {
    const first = await probe('C1');
    const before = { at: leftBy(first).at, counters: { C1: 1_000 } };
    expect(await probe('C1', { before })).toMatchObject({ standing: 'waiting' });
  });

  test('is blind where the counters may not be seen, or are not kept', async () => {
    await whileHidden('pg_stat_database', async () => {
      expect(await probe('C1')).toMatchObject({
        standing: 'blind',
        says: expect.stringMatching(/permission denied/),
      });
    });
    await sql('ALTER ROLE holdfast_monitor SET track_counts = off');
    expect(await probe('C1')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/track_counts is off/),
    });
    await sql('ALTER ROLE holdfast_monitor RESET track_counts');
  });
});

describe('C2 rollbacks', () => {
  const transactions = async (how: 'COMMIT' | 'ROLLBACK', times: number): Promise<void> =>
    told(`DO $$ BEGIN FOR i IN 1..${times} LOOP ${how}; END LOOP; END $$`);

  test('is fine while transactions commit, and says nothing of few', async () => {
    const first = await probe('C2');
    expect(first).toMatchObject({ standing: 'waiting' });
    await transactions('ROLLBACK', 100);
    const few = await probe('C2', { before: leftBy(first) });
    expect(few).toMatchObject({ standing: 'ok', values: { RollbackPercent: 0 } });
    await transactions('COMMIT', 2_000);
    const many = await probe('C2', { before: leftBy(few) });
    expect(many).toMatchObject({ standing: 'ok' });
    expect(many.values?.RollbackPercent).toBeLessThan(10);
  });

  test('warns when many are rolled back', async () => {
    const first = await probe('C2');
    await transactions('ROLLBACK', 1_000);
    const result = await probe('C2', { before: leftBy(first) });
    expect(result).toMatchObject({ standing: 'warn' });
    expect(result.values?.RollbackPercent).toBeGreaterThan(30);
  });

  test('is blind where the counters may not be seen', async () => {
    await whileHidden('pg_stat_database', async () => {
      expect(await probe('C2')).toMatchObject({ standing: 'blind' });
    });
  });
});

describe('C3 temporary-files', () => {
  const SORT = 'SELECT g FROM generate_series(1, 300000) g ORDER BY g DESC';

  test('is fine while sorts fit into memory', async () => {
    const first = await probe('C3');
    expect(first).toMatchObject({ standing: 'waiting' });
    expect(await probe('C3', { before: leftBy(first) })).toMatchObject({
      standing: 'ok',
      values: { TempMiBPerMin: 0 },
    });
  });

  test('warns of sorts that went to disk', async () => {
    const first = await probe('C3');
    const before = await counted('temp_bytes');
    await sql(`SET work_mem = '64kB'; SELECT count(*) FROM (${SORT}) s`);
    await until('the count', async () => (await counted('temp_bytes')) > before);
    const result = await probe('C3', {
      before: leftBy(first),
      thresholds: thresholds({ tempMiBPerMin: { warn: 1 } }),
    });
    expect(result).toMatchObject({ standing: 'warn', findings: [{ subject: 'postgres' }] });
    expect(result.values?.TempMiBPerMin).toBeGreaterThan(1);
  });

  test('warns of a file that is not counted yet, because its query still runs', async () => {
    const first = await probe('C3');
    await using session = await open();
    await session.run(`BEGIN; SET LOCAL work_mem = '64kB'; DECLARE c CURSOR FOR ${SORT}; FETCH c`);
    const world = { before: leftBy(first), cluster: { volumeBytes: 1024 ** 2 } };
    const result = await probe('C3', world);
    expect(result).toMatchObject({ standing: 'warn', values: { TempMiBPerMin: 0 } });
    expect(result.says).toMatch(/more than it can spare/);
    await session.run('ROLLBACK');
    expect(await probe('C3', world)).toMatchObject({ standing: 'ok' });
  });

  test('is blind to a role that may not look into folders', async () => {
    expect(await probe('C3', {}, 'stranger')).toMatchObject({
      standing: 'blind',
      says: expect.stringMatching(/permission denied/),
    });
  });
});
