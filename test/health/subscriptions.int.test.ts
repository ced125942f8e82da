import { beforeAll, describe, expect, test } from 'vitest';
import { SUBSCRIPTION_CHECKS } from '../../lib/core/health/checks/subscriptions.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import type { Sample } from '../../lib/core/health/known.ts';
import { checkOf } from '../support/health-probe.ts';
import { until } from '../support/until.ts';
import { watchedServer } from '../support/watched-server.ts';

const { it, sql, probe } = watchedServer({ settings: { wal_level: 'logical' } });
const PUBLISHER = { database: 'publisher' };
const before = (errors: number): Sample => ({
  at: new Date(Date.now() - 60_000),
  counters: { 'subscriptions.errors': errors },
});
const look = async (sample?: Sample): Promise<CheckResult> =>
  probe(checkOf(SUBSCRIPTION_CHECKS, 'B10'), { before: sample });
const isStopped = async (): Promise<boolean> =>
  (await sql('SELECT subenabled FROM pg_subscription')).trim() === 'f';

describe('B10 subscriptions', () => {
  beforeAll(async () => {
    await sql('CREATE DATABASE publisher');
    await sql('CREATE TABLE one (id int PRIMARY KEY)', PUBLISHER);
    await sql('CREATE PUBLICATION all_of_it FOR ALL TABLES', PUBLISHER);
    await sql(`SELECT pg_create_logical_replication_slot('follower', 'pgoutput')`, PUBLISHER);
  });

  test('is absent where there are none', async () => {
    expect(await look()).toMatchObject({
      standing: 'absent',
      values: { SubscriptionErrors: 0 },
    });
  });

  test('waits for a second run, and is fine while no error is added', async () => {
    const { host, port } = it().server.connection;
    await sql('CREATE TABLE one (id int PRIMARY KEY)');
    await sql(`CREATE SUBSCRIPTION follower
      CONNECTION 'host=${host} port=${port} dbname=publisher user=postgres'
      PUBLICATION all_of_it
      WITH (create_slot = false, slot_name = follower, copy_data = false, disable_on_error = true)`);
    expect(await look()).toMatchObject({
      standing: 'waiting',
      counters: { 'subscriptions.errors': 0 },
    });
    expect(await look(before(0))).toMatchObject({
      standing: 'ok',
      says: 'no new error in 1 subscription',
      values: { SubscriptionErrors: 0 },
    });
  });

  test('pages for as long as one has stopped at an error, and says nothing of the row', async () => {
    await sql('INSERT INTO one VALUES (4711)');
    await sql('INSERT INTO one VALUES (4711)', PUBLISHER);
    await until('the end of the subscription', isStopped);
    const result = await until('its error', async () => {
      const seen = await look();
      return seen.standing === 'page' && seen;
    });
    expect(result).toMatchObject({
      says: 'follower stopped at an error',
      values: { SubscriptionErrors: 1 },
      findings: [{ subject: 'postgres.follower' }],
    });
    expect(result.findings?.[0]?.says).toMatch(
      /^1 error(, 1 conflict)? so far, disabled by the server$/,
    );
    expect(JSON.stringify(result)).not.toMatch(/4711/);
    expect(await look(before(1))).toMatchObject({ standing: 'page' });
  });

  test('tells errors since the run before, and is fine once none is added', async () => {
    await sql('ALTER SUBSCRIPTION follower SET (disable_on_error = false)');
    await sql('ALTER SUBSCRIPTION follower ENABLE');
    const result = await until('another error', async () => {
      const seen = await look(before(0));
      return (seen.values?.SubscriptionErrors ?? 0) > 1 && seen;
    });
    expect(result.standing).toBe('page');
    expect(result.says).toMatch(/^\d+ errors since the run before$/);
    await sql('DELETE FROM one');
    await until('the row', async () => (await sql('SELECT count(*) FROM one')).trim() === '1');
    const errors = Number((await look()).counters?.['subscriptions.errors']);
    expect(await look(before(errors))).toMatchObject({ standing: 'ok' });
    // One error, once: a deadlock, which the next attempt does not meet again.
    expect(await look(before(errors - 1))).toMatchObject({
      standing: 'warn',
      values: { SubscriptionErrors: 1 },
    });
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_stat_subscription_stats FROM PUBLIC');
    const result = await look(before(0));
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    expect(result.values).toBeUndefined();
    await sql('GRANT SELECT ON pg_stat_subscription_stats TO PUBLIC');
  });
});
