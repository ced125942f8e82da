import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import type { ConnectionOptions } from '../../lib/core/adapters/postgres/connection.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { CheckResult } from '../../lib/core/health/check-result.ts';
import { HORIZON_CHECKS } from '../../lib/core/health/checks/horizon.ts';
import { checkOf, probeOnce, THRESHOLDS } from '../support/health-probe.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const it = testServer({
  settings: { autovacuum: 'off', max_prepared_transactions: '5', wal_level: 'logical' },
});
const thresholds = {
  ...THRESHOLDS,
  xminHorizonAge: { warn: 20, page: 40 },
  preparedTransactionSec: { warn: 0, page: 0 },
};
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const probe = async (id: string, user = 'watcher'): Promise<CheckResult> =>
  probeOnce(checkOf(HORIZON_CHECKS, id), { ...it().server.connection, user }, { thresholds });
const pass = async (transactions: number): Promise<string> =>
  sql(
    `DO $$ BEGIN FOR i IN 1..${transactions} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`,
  );

/** A session that keeps a snapshot, until it is disposed. */
async function snapshot(connection: ConnectionOptions): Promise<AsyncDisposable> {
  const open = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const ended = withSession(connection, { timeoutMs: 60_000 }, async (session) => {
    await session.unsafe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1').simple();
    open.resolve();
    await end.promise;
  });
  await Promise.race([open.promise, ended]);
  return {
    [Symbol.asyncDispose]: async () => {
      end.resolve();
      await ended;
    },
  };
}

/** Whom the check names once it pages. */
async function holder(): Promise<string | undefined> {
  await pass(30);
  await until('a warning', async () => (await probe('A20')).standing === 'warn');
  await pass(30);
  const { findings } = await until('a page', async () => {
    const result = await probe('A20');
    return result.standing === 'page' && Number(result.values?.['XminHorizonAge']) > 40 && result;
  });
  return findings?.[0]?.subject;
}

const free = async (): Promise<boolean> =>
  until('nobody holds anything back', async () => (await probe('A20')).standing === 'ok');

beforeAll(async () => {
  await sql('CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher; CREATE ROLE stranger LOGIN');
});

describe('A20 xmin-horizon', () => {
  test('is fine where nobody holds anything back', async () => {
    expect(await probe('A20')).toMatchObject({ standing: 'ok', values: { XminHorizonAge: 0 } });
  });

  test('names a session that keeps a snapshot', async () => {
    {
      await using _held = await snapshot(it().server.connection);
      expect(await holder()).toMatch(/^session \d+ of postgres$/);
    }
    await free();
  });

  test('names a prepared transaction', async () => {
    await sql(`BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'`);
    expect(await holder()).toMatch(/^prepared transaction forgotten$/);
    await sql(`ROLLBACK PREPARED 'forgotten'`);
    await free();
  });

  test('names a slot', async () => {
    await sql(`SELECT pg_create_logical_replication_slot('reader', 'test_decoding')`);
    expect(await holder()).toMatch(/^slot reader$/);
    await sql(`SELECT pg_drop_replication_slot('reader')`);
    await free();
  });

  test('names a standby that gives feedback', async () => {
    const { server, directory, instance } = it();
    const dataDirectory = join(directory, 'standby');
    await server.run('pg_basebackup', ['-D', dataDirectory, '-R', '-c', 'fast'], {
      owner: serverOwner(),
    });
    await using standby = await attachServer(instance, {
      dataDirectory,
      logFile: join(directory, 'standby.log'),
      settings: { hot_standby_feedback: 'on', wal_receiver_status_interval: '1' },
    });
    {
      await using _held = await snapshot(standby.connection);
      expect(await holder()).toMatch(/^standby holdfast$/);
    }
    await standby.stop();
    await free();
  });

  test('takes no vacuum for somebody who holds anything back', async () => {
    await sql('CREATE TABLE swept AS SELECT i FROM generate_series(1, 50000) i; DELETE FROM swept');
    const stop = new AbortController();
    const vacuum = withSession(
      { ...it().server.connection },
      { timeoutMs: 60_000, signal: stop.signal },
      async (session) => {
        await session.unsafe('SET vacuum_cost_delay = 100').simple();
        await session.unsafe('SET vacuum_cost_limit = 1').simple();
        await session.unsafe('VACUUM swept').simple();
      },
    ).catch(() => undefined);
    const running = 'SELECT count(*) FROM pg_stat_progress_vacuum';
    await until('a vacuum runs', async () => (await sql(running)) === '1');
    await pass(30);
    expect(await probe('A20')).toMatchObject({ standing: 'ok' });
    expect(await sql(running)).toBe('1');
    await sql('SELECT pg_terminate_backend(pid) FROM pg_stat_progress_vacuum');
    stop.abort();
    await vacuum;
  });

  test('is blind to a role that sees no session but its own', async () => {
    const result = await probe('A20', 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toContain('pg_read_all_stats');
    expect(result.values).toBeUndefined();
  });
});

describe('A21 prepared-transactions', () => {
  test('pages for one that was forgotten, and is fine once it is gone', async () => {
    expect(await probe('A21')).toMatchObject({
      standing: 'ok',
      values: { PreparedTransactionSec: 0 },
    });
    await sql(`BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'`);
    const result = await probe('A21');
    expect(result).toMatchObject({ standing: 'page' });
    expect(Number(result.values?.['PreparedTransactionSec'])).toBeGreaterThan(0);
    expect(result.findings).toMatchObject([
      { subject: 'forgotten', says: expect.stringMatching(/^of postgres in postgres/) },
    ]);
    await sql(`ROLLBACK PREPARED 'forgotten'`);
    expect(await probe('A21')).toMatchObject({ standing: 'ok' });
  });

  test('is blind to a role that may not look', async () => {
    await sql('REVOKE SELECT ON pg_prepared_xacts FROM PUBLIC');
    const result = await probe('A21', 'stranger');
    expect(result).toMatchObject({ standing: 'blind' });
    expect(result.says).toMatch(/permission denied/);
    await sql('GRANT SELECT ON pg_prepared_xacts TO PUBLIC');
  });
});
