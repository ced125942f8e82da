import { describe, expect, test } from 'vitest';
import { HealthThresholds } from '../../lib/core/config/health-thresholds.ts';
import { SESSION_CHECKS } from '../../lib/core/health/checks/sessions.ts';
import { checkOf } from '../support/health-probe.ts';
import { until } from '../support/until.ts';
import { watchedServer } from '../support/watched-server.ts';

const { sql, probe, open } = watchedServer();
/** By which whatever there is, is too old. */
const AT_ONCE = HealthThresholds.parse({
  idleInTransactionSec: { warn: 0, page: 0 },
  longTransactionSec: { warn: 0, page: 0 },
});

describe.for([
  ['B13', 'idle-in-transaction', 'IdleInTransactionSec', /idle in a transaction/],
  ['B14', 'long-transaction', 'LongTransactionSec', /in one transaction/],
] as const)('%s %s', ([id, , metric, says]) => {
  const check = checkOf(SESSION_CHECKS, id);

  test('is fine where nobody has a transaction open', async () => {
    const result = await probe(check, { thresholds: AT_ONCE });
    expect(result).toMatchObject({ standing: 'ok', values: { [metric]: 0 } });
    expect(result.says).toMatch(/nobody/);
  });

  test('is fine with a young one, and pages once it is too old', async () => {
    await using session = await open();
    await session.run('BEGIN');
    const young = await probe(check);
    expect(young).toMatchObject({ standing: 'ok', findings: [] });
    expect(young.values?.[metric]).toBeGreaterThan(0);
    const old = await probe(check, { thresholds: AT_ONCE });
    expect(old).toMatchObject({
      standing: 'page',
      findings: [{ subject: `process ${session.pid}` }],
    });
    expect(old.says).toMatch(says);
    expect(old.findings?.[0]?.says).toMatch(/^postgres in postgres, idle in transaction, \d+ s$/);
    await session.run('ROLLBACK');
    expect(await probe(check, { thresholds: AT_ONCE })).toMatchObject({ standing: 'ok' });
  });

  test('names the oldest first, and no more than five', async () => {
    await using sessions = new AsyncDisposableStack();
    const pids: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      const session = sessions.use(await open());
      await session.run('BEGIN');
      pids.push(session.pid);
    }
    const { says, findings } = await probe(check, { thresholds: AT_ONCE });
    expect(findings?.map(({ subject }) => subject)).toEqual(
      pids.slice(0, 5).map((pid) => `process ${pid}`),
    );
    expect(says).toMatch(/, and 4 others for long$/);
  });

  test.each(['pg_dump', 'holdfast'])('does not look at %s', async (app) => {
    await using session = await open({ app });
    await session.run('BEGIN; SELECT txid_current()');
    const result = await probe(check, { thresholds: AT_ONCE });
    expect(result).toMatchObject({ standing: 'ok', values: { [metric]: 0 } });
  });

  test('is blind to a role that sees no session but its own', async () => {
    const result = await probe(check, {}, 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/pg_read_all_stats/);
    expect(result.values).toBeUndefined();
  });

  test('is blind where the server does not note what sessions do', async () => {
    await sql('ALTER ROLE holdfast_monitor SET track_activities = off');
    const result = await probe(check);
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/track_activities/);
    await sql('ALTER ROLE holdfast_monitor RESET track_activities');
  });
});

describe('B14 long-transaction, of upkeep', () => {
  const check = checkOf(SESSION_CHECKS, 'B14');

  test.each(['pg_restore', 'vacuumdb', 'reindexdb'])('does not look at %s', async (app) => {
    await using session = await open({ app });
    await session.run('BEGIN; SELECT txid_current()');
    expect(await probe(check, { thresholds: AT_ONCE })).toMatchObject({ standing: 'ok' });
  });

  test.each([
    ['CREATE INDEX CONCURRENTLY ON kept (id)', 'create_index', 'LOCK kept IN ROW EXCLUSIVE MODE'],
    ['REINDEX INDEX CONCURRENTLY kept_id', 'create_index', 'LOCK kept IN ROW EXCLUSIVE MODE'],
    ['VACUUM (FREEZE) kept', 'vacuum', 'DECLARE c CURSOR FOR TABLE kept; FETCH c'],
    ['CLUSTER kept USING kept_id', 'cluster', 'SELECT pg_advisory_xact_lock(7)'],
  ])('does not look at %s, only at whom it waits for', async (statement, view, holds) => {
    await sql(`
      CREATE TABLE kept AS SELECT generate_series(1, 100) AS id;
      CREATE INDEX kept_id ON kept (id);
      CREATE OR REPLACE FUNCTION waits(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN i; END';
      CREATE INDEX kept_waits ON kept (waits(id))`);
    await using holder = await open();
    await using upkeep = await open();
    await holder.run(`BEGIN; ${holds}`);
    const done = upkeep.run(statement);
    await until(
      'it is at work',
      async () => (await sql(`SELECT count(*) FROM pg_stat_progress_${view}`)) === '1',
    );
    const { findings } = await probe(check, { thresholds: AT_ONCE });
    expect(findings?.map(({ subject }) => subject)).toEqual([`process ${holder.pid}`]);
    await holder.run('COMMIT');
    await done;
    await sql('DROP TABLE kept; DROP FUNCTION waits');
  });
});

test('no finding has text of a statement', async () => {
  await using session = await open();
  await session.run(`BEGIN; SELECT 'a secret of ours'`);
  for (const check of SESSION_CHECKS) {
    expect(JSON.stringify(await probe(check, { thresholds: AT_ONCE }))).not.toMatch(/secret/);
  }
});
