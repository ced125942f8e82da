import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ConnectionOptions, socketPath } from '../../lib/core/adapters/postgres/connection.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { healthSessions } from '../../lib/core/adapters/postgres/health-session.ts';
import { decodeReading } from '../../lib/core/diagnosis/statement-reading.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { type ServerCheck, serverCheck } from '../../lib/core/health/check.ts';
import { ok } from '../../lib/core/health/judgement.ts';
import { REACHABLE_CHECKS } from '../../lib/core/health/checks/availability.ts';
import { probeDatabase } from '../../lib/core/health/probe-database.ts';
import type { ProbeChecks } from '../../lib/core/health/probe-run.ts';
import type { HealthReport } from '../../lib/core/health/report.ts';
import { ensureRoles, MONITOR } from '../../lib/core/init/ensure-roles.ts';
import { startMutingProxy } from '../support/muting-proxy.ts';
import { testServer } from '../support/postgres-server.ts';
import { testProbe } from '../support/probe-context.ts';

const MIDNIGHT = new Date('2026-12-01T00:00:00Z');
const NEVER = {
  host: '127.0.0.1',
  user: MONITOR,
  database: 'postgres',
  sslMode: 'disable',
} as const;

const it = testServer({
  settings: {
    max_connections: '8',
    superuser_reserved_connections: '1',
    max_wal_senders: '0',
    shared_preload_libraries: 'pg_stat_statements',
  },
});
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);

beforeAll(async () => {
  await using setup = openClusterSetup(it().server.connection);
  await ensureRoles(setup, it().instance.major, {});
  await setup.ensureHealthFunctions(MONITOR);
});

const monitor = (): ConnectionOptions => ({ ...it().server.connection, user: MONITOR });

/** A check that a test makes up, with what happens once it is asked. */
function made(id: string, text: string, then: () => void = () => undefined): ServerCheck {
  return serverCheck({
    id,
    name: 'made-up',
    tier: 'C',
    group: 'workload',
    about: 'a test is made',
    needs: 'nothing',
    look: text,
    source: 'a test',
    query: () => text,
    row: z.object({}),
    judge: () => {
      then();
      return ok('seen', { values: { DeadlocksPerMin: 0 } });
    },
  });
}

const only = (...sqlChecks: readonly ServerCheck[]): ProbeChecks => ({
  sql: sqlChecks,
  facts: REACHABLE_CHECKS,
});
const standings = ({ checks }: HealthReport): Record<string, string> =>
  Object.fromEntries(checks.map(({ id, standing }) => [id, standing]));
/** A machine with much to do may be slow: that is no fault of a check. */
const broken = ({ checks }: HealthReport): readonly object[] =>
  checks.filter((one) => one.standing === 'failed' && !one.says.startsWith('took too long'));
const says = ({ checks }: HealthReport, wanted: string): string =>
  checks.find(({ id }) => id === wanted)?.says ?? '';

describe('a server that is well', () => {
  test('is seen by every check, and what compares two runs is judged in the second', async () => {
    const probe = testProbe(monitor());
    const first = await probeDatabase(MIDNIGHT, probe);
    const later = { ...systemClock, now: () => new Date(Date.now() + 60_000) };
    const second = await probeDatabase(MIDNIGHT, { ...probe, clock: later });
    expect(broken(first)).toEqual([]);
    expect(Object.values(standings(first))).toContain('waiting');
    expect(standings(second)['B20']).not.toBe('waiting');
    const [published] = probe.telemetry.flushed;
    expect(published).toMatchObject({ DatabaseUp: 1, DatabaseProbed: 1 });
    expect(published?.ProbeServerMs).toBeGreaterThan(0);
  });

  test('is told of in one line of the log, with every check and without any statement', async () => {
    const probe = testProbe(monitor());
    const { checks } = await probeDatabase(MIDNIGHT, probe);
    expect(probe.log.events).toEqual(['health.probed']);
    const [line] = probe.log.lines;
    expect(line?.fields).toMatchObject({
      cluster: 'orders',
      is_up: true,
      checks_page: expect.any(Number),
    });
    const rows = z
      .array(z.object({ id: z.string(), standing: z.string(), says: z.string() }))
      .parse(JSON.parse(String(line?.fields['checks'])));
    expect(rows.map(({ id }) => id).toSorted()).toEqual(checks.map(({ id }) => id).toSorted());
    expect(JSON.parse(String(line?.fields['findings']))).toBeInstanceOf(Array);
  });

  test('runs only what is due in the minute', async () => {
    const seldom = { ...made('C1', 'SELECT 1'), everyMinutes: 5, atMinute: 2 };
    const probe = testProbe(monitor(), { checks: only(seldom, made('C2', 'SELECT 1')) });
    const due = new Date(MIDNIGHT.getTime() + 7 * 60_000);
    expect(standings(await probeDatabase(due, probe))).toEqual({ C1: 'ok', C2: 'ok', B1: 'ok' });
    expect(standings(await probeDatabase(MIDNIGHT, probe))).toEqual({ C2: 'ok', B1: 'ok' });
  });
});

describe('what statements have taken', () => {
  const readAt = async (minute: number): Promise<unknown> => {
    const probe = testProbe(monitor(), { checks: only() });
    await probeDatabase(new Date(MIDNIGHT.getTime() + minute * 60_000), probe);
    return probe.log.lines[0]?.fields['statements'];
  };

  test('is not written down without the extension', async () => {
    expect(await readAt(3)).toBeUndefined();
  });

  test('is written down each third minute, by ids, for a diagnosis to compare with', async () => {
    await sql(`CREATE SCHEMA "of its own"; GRANT USAGE ON SCHEMA "of its own" TO ${MONITOR}`);
    await sql('CREATE EXTENSION pg_stat_statements SCHEMA "of its own"');
    const written = String(await readAt(3));
    expect(decodeReading(written)?.statements).toContainEqual(
      expect.objectContaining({ role: 'postgres', database: 'postgres' }),
    );
    expect(written).not.toContain('CREATE');
    expect(await readAt(4)).toBeUndefined();
    await sql('DROP EXTENSION pg_stat_statements');
  });
});

describe('one check', () => {
  test('that takes too long fails alone', async () => {
    const checks = only(made('C1', 'SELECT pg_sleep(20)'), made('C2', 'SELECT 1'));
    const report = await probeDatabase(MIDNIGHT, testProbe(monitor(), { checks }));
    expect(standings(report)).toEqual({ C1: 'failed', C2: 'ok', B1: 'ok' });
    expect(says(report, 'C1')).toMatch(/took too long/);
  });

  test('whose own rules fail is blind alone', async () => {
    const broken = made('C1', 'SELECT 1', () => {
      throw new Error('no such rule');
    });
    const checks = only(broken, made('C2', 'SELECT 1'));
    const report = await probeDatabase(MIDNIGHT, testProbe(monitor(), { checks }));
    expect(standings(report)).toEqual({ C1: 'blind', C2: 'ok', B1: 'ok' });
    expect(says(report, 'C1')).toContain('no such rule');
  });
});

describe('a server that lets go', () => {
  test('in the middle fails what is left, and the run comes to its end', async () => {
    const checks = only(
      made('C1', 'SELECT 1'),
      made('C2', 'SELECT pg_terminate_backend(pg_backend_pid())'),
      made('C3', 'SELECT 1'),
    );
    const probe = testProbe(monitor(), { checks });
    const report = await probeDatabase(MIDNIGHT, probe);
    expect(standings(report)).toEqual({ C1: 'ok', C2: 'failed', C3: 'failed', B1: 'ok' });
    expect(says(report, 'C3')).toMatch(/^PG-CONNECT/);
    expect(probe.telemetry.flushed[0]).toMatchObject({ ChecksFailedC: 2, DatabaseProbed: 1 });
  });

  test('or falls silent in the middle does no more than that', async () => {
    const { host, port } = it().server.connection;
    await using proxy = await startMutingProxy(socketPath(host, port));
    await sql(`ALTER ROLE ${MONITOR} PASSWORD NULL`);
    const checks = only(made('C1', 'SELECT 1', proxy.mute), made('C2', 'SELECT 1'));
    const probe = testProbe({ ...NEVER, port: proxy.port }, { checks });
    const report = await probeDatabase(MIDNIGHT, probe);
    expect(standings(report)).toEqual({ C1: 'ok', C2: 'failed', B1: 'ok' });
    expect(says(report, 'C2')).toMatch(/^PG-TIMEOUT/);
  });

  test('or never says a word is held to be down', async () => {
    await using proxy = await startMutingProxy();
    const connection = { ...NEVER, port: proxy.port };
    const probe = testProbe(connection, {
      checks: only(made('C1', 'SELECT 1')),
      sessions: healthSessions(connection),
    });
    const report = await probeDatabase(MIDNIGHT, probe);
    expect(standings(report)).toEqual({ C1: 'failed', B1: 'page' });
    expect(says(report, 'B1')).toMatch(/^PG-(TIMEOUT|CONNECT)/);
    expect(probe.telemetry.flushed[0]).toMatchObject({ DatabaseUp: 0, DatabaseProbed: 1 });
    expect(probe.telemetry.flushed[0]?.DeadlocksPerMin).toBeUndefined();
  });
});

describe('a server that lets nobody in', () => {
  test('because its connections are used up is down, and says why', async () => {
    await using sessions = new AsyncDisposableStack();
    const other = healthSessions(it().server.connection);
    for (let left = 7; left > 0; left -= 1) sessions.use(await other.open());
    const probe = testProbe(monitor());
    const report = await probeDatabase(MIDNIGHT, probe);
    expect(report.standing).toBe('page');
    expect(says(report, 'B1')).toMatch(/connection slots|too many clients/);
    const [published] = probe.telemetry.flushed;
    expect(published).toMatchObject({ DatabaseUp: 0, DatabaseProbed: 1 });
    expect(published?.ChecksFailedA).toBe(published?.ChecksRunA);
    expect(published?.XidAge).toBeUndefined();
    const [line] = probe.log.lines;
    expect(line?.fields).toMatchObject({ is_up: false, standing: 'page' });
  });

  test('is tried each fifth minute only once five runs failed, and then at once again', async () => {
    await sql(`ALTER ROLE ${MONITOR} NOLOGIN`);
    const probe = testProbe(monitor(), { checks: only(made('C1', 'SELECT 1')) });
    const at = (minute: number): Date => new Date(MIDNIGHT.getTime() + minute * 60_000);
    for (const minute of [1, 2, 3, 4, 6]) await probeDatabase(at(minute), probe);
    expect(says(await probeDatabase(at(7), probe), 'C1')).toMatch(/^HEALTH-RESTING/);
    expect(probe.telemetry.flushed.at(-1)).toMatchObject({ DatabaseUp: 0, DatabaseProbed: 1 });
    expect(probe.log.lines.at(-1)?.fields).toMatchObject({ error_code: 'HEALTH-RESTING' });
    await sql(`ALTER ROLE ${MONITOR} LOGIN`);
    expect(says(await probeDatabase(at(9), probe), 'C1')).toMatch(/^HEALTH-RESTING/);
    expect(standings(await probeDatabase(at(10), probe))).toEqual({ C1: 'ok', B1: 'ok' });
    expect(standings(await probeDatabase(at(11), probe))).toEqual({ C1: 'ok', B1: 'ok' });
  });
});

test('a server in recovery is probed, and is not the writer that it should be', async () => {
  const { server } = it();
  await server.stop();
  await writeFile(join(server.dataDirectory, 'standby.signal'), '');
  await server.start();
  const probe = testProbe(monitor());
  const report = await probeDatabase(MIDNIGHT, probe);
  expect(broken(report)).toEqual([]);
  expect(standings(report)).toMatchObject({ B1: 'ok', B7: 'page' });
  expect(probe.telemetry.flushed[0]).toMatchObject({ DatabaseUp: 1, WrongRole: 1 });
});
