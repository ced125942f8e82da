import { describe, expect, test } from 'vitest';
import { HealthThresholds } from '../../lib/core/config/health-thresholds.ts';
import { BLOCKED_CHECKS } from '../../lib/core/health/checks/blocked.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { checkOf, type ProbeWorld } from '../support/health-probe.ts';
import { watchedServer, type OpenSession } from '../support/watched-server.ts';
import { until } from '../support/until.ts';

const { sql, probe, open } = watchedServer({ settings: { max_prepared_transactions: '5' } });
const AT_ONCE: ProbeWorld = {
  thresholds: HealthThresholds.parse({ blockedSec: { warn: 0, page: 0 } }),
};
const look = async (world?: ProbeWorld, user?: string): Promise<CheckResult> =>
  probe(checkOf(BLOCKED_CHECKS, 'B12'), world, user);

/** Lets a session wait; to be awaited once it need not any more. */
async function wait(session: OpenSession, statement: string): Promise<{ end: Promise<void> }> {
  const end = session.run(statement).catch(() => undefined);
  await until('a wait', async () => {
    const event = await sql(
      `SELECT wait_event_type FROM pg_stat_activity WHERE pid = ${session.pid}`,
    );
    return event.trim() === 'Lock';
  });
  return { end };
}

describe('B12 sessions-blocked', () => {
  test('is fine where nobody waits', async () => {
    const result = await look(AT_ONCE);
    expect(result).toMatchObject({ standing: 'ok', values: { BlockedSec: 0 } });
    expect(result.says).toBe('nobody waits for a lock');
  });

  test('pages once a session waited too long, and names where the waiting begins', async () => {
    await sql('CREATE TABLE one (id int)');
    await using root = await open();
    await using first = await open();
    await using second = await open();
    await root.run('BEGIN; LOCK TABLE one IN ACCESS SHARE MODE');
    const waits = [
      await wait(first, 'BEGIN; LOCK TABLE one; COMMIT'),
      await wait(second, `SELECT 'a secret' FROM one`),
    ];
    expect(await look()).toMatchObject({ standing: 'ok' });
    const result = await until('a page', async () => {
      const seen = await look(AT_ONCE);
      return seen.standing === 'page' && seen.says.startsWith('2 ') && seen;
    });
    expect(result.findings).toHaveLength(1);
    expect(result.findings?.[0]?.subject).toBe(`process ${root.pid}`);
    expect(result.findings?.[0]?.says).toMatch(
      /^2 sessions wait for it: postgres in postgres, idle in transaction, in a transaction for/,
    );
    expect(JSON.stringify(result)).not.toMatch(/secret/);
    await root.run('ROLLBACK');
    await Promise.all(waits.map(async ({ end }) => end));
    expect(await look(AT_ONCE)).toMatchObject({ standing: 'ok', values: { BlockedSec: 0 } });
  });

  test('warns of many that wait, however young', async () => {
    const many = HealthThresholds.parse({ blockedSessions: { warn: 0, page: 0 } });
    await sql('CREATE TABLE two (id int)');
    await using root = await open();
    await using first = await open();
    await root.run('BEGIN; LOCK TABLE two');
    const { end } = await wait(first, 'SELECT FROM two');
    const seen = async (): Promise<CheckResult | false> => {
      const result = await look({ thresholds: many });
      return result.standing === 'warn' && result;
    };
    expect(await until('a warning', seen)).toMatchObject({ findings: [{}] });
    await root.run('ROLLBACK');
    await end;
  });

  test('names a prepared transaction as the root', async () => {
    await sql('CREATE TABLE three (id int)');
    await sql(`BEGIN; LOCK TABLE three; PREPARE TRANSACTION 'forgotten'`);
    await using first = await open();
    const { end } = await wait(first, 'SELECT FROM three');
    const result = await until('a page', async () => {
      const seen = await look(AT_ONCE);
      return seen.standing === 'page' && seen;
    });
    expect(result.findings).toEqual([
      { subject: 'a prepared transaction', says: '1 session waits for it' },
    ]);
    await sql(`ROLLBACK PREPARED 'forgotten'`);
    await end;
  });

  test('does not look at who waits for an advisory lock', async () => {
    await using leader = await open();
    await using candidate = await open();
    await leader.run('SELECT pg_advisory_lock(1)');
    const { end } = await wait(candidate, 'SELECT pg_advisory_lock(1)');
    expect(await look(AT_ONCE)).toMatchObject({ standing: 'ok', values: { BlockedSec: 0 } });
    await leader.run('SELECT pg_advisory_unlock(1)');
    await end;
  });

  test('is blind to a role that sees no session but its own', async () => {
    const result = await look({}, 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/pg_read_all_stats/);
    expect(result.values).toBeUndefined();
  });
});
