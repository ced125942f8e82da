import { describe, expect, test } from 'vitest';
import { DATABASE_CHECKS } from '../../lib/core/health/all-checks.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { probeDatabase } from '../../lib/core/health/probe-database.ts';
import { MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { testProbe, type TestProbe } from '../support/probe-context.ts';
import { watchedServer } from '../support/watched-server.ts';

const TABLES = 1_000;
const { it, sql, open } = watchedServer({
  settings: { autovacuum: 'off', max_locks_per_transaction: '256' },
});
const MINUTE_MS = 60_000;
/** All minutes of an hour, so that each check is due at least once. */
const MINUTES = Array.from({ length: 60 }, (_, minute) => minute);
const probe = (): TestProbe => testProbe({ ...it().server.connection, user: MONITOR });

async function probeForAnHour(
  given: TestProbe,
  minutes = MINUTES,
): Promise<ReadonlyMap<string, readonly CheckResult[]>> {
  const results = new Map<string, CheckResult[]>();
  for (const minute of minutes) {
    const { checks } = await probeDatabase(new Date(minute * MINUTE_MS), given);
    for (const check of checks) results.set(check.id, [...(results.get(check.id) ?? []), check]);
  }
  return results;
}

describe('a probe of a server whose tables are all locked', () => {
  test('makes every check, waits for none of the locks, and leaves no session behind', async () => {
    await sql(`
      DO $$ BEGIN FOR i IN 1..${TABLES} LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int, s text)', i);
        EXECUTE format('CREATE INDEX ON t%s (lower(s)) WHERE a > 0', i);
        EXECUTE format('INSERT INTO t%s VALUES (1, 1, ''a'')', i);
      END LOOP; END $$`);
    await sql('ANALYZE');
    await using locker = await open();
    await locker.run(`
      BEGIN;
      DO $$ BEGIN FOR i IN 1..${TABLES} LOOP
        EXECUTE format('LOCK TABLE t%s IN ACCESS EXCLUSIVE MODE', i);
      END LOOP; END $$`);
    const results = await probeForAnHour(probe());
    const missing = [...DATABASE_CHECKS.sql, ...DATABASE_CHECKS.facts].filter(
      ({ id }) => !results.has(id),
    );
    expect(missing.map(({ id }) => id)).toEqual([]);
    const waited = [...results.values()]
      .flat()
      .filter(({ says }) => /lock timeout/.test(says))
      .map(({ id, says }) => `${id}: ${says}`);
    expect(waited).toEqual([]);
    const sessions = `SELECT count(*) FROM pg_stat_activity WHERE usename = '${MONITOR}'`;
    await expect.poll(async () => sql(sessions)).toBe('0');
  });
});

describe('a probe of a server whose catalogue is locked', () => {
  test('has each check that reads it fail by itself, and the others not', async () => {
    await using locker = await open();
    // Not pg_index: a session could not even begin.
    await locker.run('BEGIN; LOCK TABLE pg_constraint IN ACCESS EXCLUSIVE MODE');
    const results = await probeForAnHour(probe(), [37, 38]);
    expect(results.get('C15')).toMatchObject([
      { standing: 'blind', says: expect.stringMatching(/lock timeout/) },
    ]);
    const others = [...results.values()].flat().filter(({ id }) => id === 'C1' || id === 'C5');
    expect(others.map(({ standing }) => standing)).not.toContain('failed');
  });
});
