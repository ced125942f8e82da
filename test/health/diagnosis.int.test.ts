import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { healthSessions } from '../../lib/core/adapters/postgres/health-session.ts';
import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import type {
  Diagnosis,
  DiagnosisPart,
  PartId,
} from '../../lib/core/diagnosis/diagnosis-record.ts';
import { DiagnosisRecord } from '../../lib/core/diagnosis/diagnosis-record.ts';
import { type DiagnosisDeps, makeDiagnosis } from '../../lib/core/diagnosis/make-diagnosis.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { getRecord } from '../../lib/core/store/record.ts';
import { putBackup } from '../support/backup-fixture.ts';
import { testServer } from '../support/postgres-server.ts';
import { recordingLog } from '../support/recording-log.ts';
import { until } from '../support/until.ts';
import { claimTestLineage, putSegment, segment } from '../support/wal-fixture.ts';

const SECRET = '4111111111111111';
const ALARM = 'holdfast-prod-orders-SessionsStuck';
const REQUEST = { alarm: ALARM, at: new Date('2026-12-01T05:10:00.123Z') };

const it = testServer({
  settings: {
    shared_preload_libraries: 'pg_stat_statements',
    max_prepared_transactions: '2',
    wal_level: 'logical',
  },
});
const open: postgres.Sql[] = [];
let store: ObjectStore;
let lineage: Lineage;

const client = (): postgres.Sql => {
  const { host, port } = it().server.connection;
  const sql = postgres({
    path: `${host}/.s.PGSQL.${port}`,
    user: 'app',
    database: 'shop',
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
  });
  open.push(sql);
  return sql;
};
const psql = async (statement: string, database = 'postgres'): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', statement]);
const deps = (more: Partial<DiagnosisDeps> = {}, user = 'holdfast_monitor'): DiagnosisDeps => ({
  cluster: 'orders',
  storeUrl: 's3://backups/prod/',
  openStore: async () => store,
  openSessions: async () => healthSessions({ ...it().server.connection, user }),
  past: { statements: async () => undefined },
  clock: systemClock,
  log: recordingLog(),
  signal: AbortSignal.timeout(30_000),
  ...more,
});
const partOf = ({ parts }: Diagnosis, id: PartId): DiagnosisPart => {
  const found = parts.find((part) => part.id === id);
  if (found === undefined) throw new Error(`there is no part ${id}`);
  return found;
};

beforeAll(async () => {
  store = new MemoryObjectStore();
  lineage = await claimTestLineage(store);
  await psql(`CREATE ROLE app LOGIN; CREATE ROLE holdfast_monitor LOGIN; CREATE ROLE stranger LOGIN;
              GRANT pg_monitor TO holdfast_monitor`);
  await psql('CREATE DATABASE shop OWNER app');
  await psql('CREATE EXTENSION pg_stat_statements');
  await psql('CREATE TABLE cards (id int, number text); ALTER TABLE cards OWNER TO app', 'shop');
  await psql(`INSERT INTO cards VALUES (1, '0')`, 'shop');
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (sql) => sql.end({ timeout: 0 })));
});
afterAll(async () => {
  await Promise.all(open.map(async (sql) => sql.end({ timeout: 0 })));
});

describe('a diagnosis', () => {
  test('names who holds others up, what holds back vacuum and what ran, without a literal', async () => {
    const blocker = client();
    await blocker.unsafe('BEGIN');
    await blocker.unsafe(`UPDATE cards SET number = '${SECRET}'`);
    const [row] = await blocker.unsafe('SELECT pg_backend_pid() AS pid');
    const waiting = [client(), client()].map(async (sql) =>
      sql.unsafe(`UPDATE cards SET number = '${SECRET}'`).catch(() => undefined),
    );
    await until('two that wait', async () => {
      const count = await psql(
        `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
      );
      return count.trim() === '2';
    });
    const busy = client();
    const work = busy.unsafe('SELECT pg_sleep(1)').execute();
    const diagnosis = await makeDiagnosis(REQUEST, deps());
    await work;
    await blocker.unsafe('ROLLBACK');
    await Promise.all(waiting);

    expect(partOf(diagnosis, 'blockers')).toMatchObject({
      isMissing: false,
      says: expect.stringMatching(
        new RegExp(
          `^2 sessions waiting, .*pid ${row?.['pid']} \\(app in shop\\), idle in transaction, .*holds up 2`,
        ),
      ),
    });
    expect(partOf(diagnosis, 'horizon').says).toContain('(app in shop)');
    expect(partOf(diagnosis, 'queries').says).toMatch(/^last \d s: -?\d+ \(app in shop\) \d+ %/);
    expect(partOf(diagnosis, 'disk').says).toMatch(/^pg_wal .*, temporary files .*database \w+ /);
    expect(partOf(diagnosis, 'server').says).toMatch(/^PostgreSQL 1\d.*, writing, started /);
    expect(diagnosis.next[0]).toBe(`SELECT pg_terminate_backend(${row?.['pid']})`);
    expect(JSON.stringify(diagnosis)).not.toContain(SECRET);
    expect(JSON.stringify(diagnosis)).not.toMatch(/UPDATE|number/);
  });

  test('names a prepared transaction and a slot that hold back vacuum', async () => {
    await psql(`BEGIN; INSERT INTO cards VALUES (2, '2'); PREPARE TRANSACTION '${SECRET}'`, 'shop');
    const prepared = await makeDiagnosis(REQUEST, deps());
    expect(partOf(prepared, 'horizon').says).toMatch(
      /^prepared transaction \d+ of postgres in shop/,
    );
    expect(JSON.stringify(prepared)).not.toContain(SECRET);
    await psql(`ROLLBACK PREPARED '${SECRET}'`, 'shop');
    await psql(`SELECT pg_create_logical_replication_slot('lost', 'test_decoding')`, 'shop');
    const slot = await makeDiagnosis(REQUEST, deps());
    expect(partOf(slot, 'horizon').says).toMatch(/^slot lost, inactive, \d+ transactions old/);
    expect(partOf(slot, 'disk').says).toContain('slot lost keeps ');
    await psql(`SELECT pg_drop_replication_slot('lost')`, 'shop');
  });

  test('says what it may not see, and all else', async () => {
    await psql('REVOKE EXECUTE ON FUNCTION pg_ls_waldir() FROM pg_monitor');
    const diagnosis = await makeDiagnosis(REQUEST, deps());
    await psql('GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO pg_monitor');
    expect(partOf(diagnosis, 'disk')).toEqual({
      id: 'disk',
      isMissing: true,
      says: 'PG-FAILED: permission denied for function pg_ls_waldir',
      rows: [],
    });
    expect(partOf(diagnosis, 'blockers').isMissing).toBe(false);
  });

  test('says that there are no statements where the extension is not', async () => {
    await psql('DROP EXTENSION pg_stat_statements');
    const diagnosis = await makeDiagnosis(REQUEST, deps());
    await psql('CREATE EXTENSION pg_stat_statements');
    expect(partOf(diagnosis, 'queries')).toMatchObject({
      isMissing: true,
      says: 'PG-FAILED: pg_stat_statements is not in this database',
    });
  });

  test('compares with what the probe wrote down five minutes ago', async () => {
    const past = { at: new Date(Date.now() - 300_000), statements: [] };
    const diagnosis = await makeDiagnosis(
      REQUEST,
      deps({ past: { statements: async () => past } }),
    );
    expect(partOf(diagnosis, 'queries').says).toMatch(/^last 5 min \d s: /);
  });

  test('with the database down still tells of the store, and is kept there', async () => {
    const finishedAt = new Date(Date.now() - 3_600_000);
    await putBackup(store, lineage, { start: 1, finishedAt });
    await putSegment(store, lineage, segment(1), { isIndexed: true });
    await putSegment(store, lineage, segment(2), {
      isIndexed: true,
      commits: [new Date(Date.now() - 120_000)],
    });
    const nowhere = deps({
      openSessions: async () =>
        healthSessions({ ...it().server.connection, host: '/nonexistent', user: 'postgres' }),
    });
    const diagnosis = await makeDiagnosis(REQUEST, nowhere);
    expect(partOf(diagnosis, 'blockers')).toMatchObject({
      isMissing: true,
      says: expect.stringMatching(/^PG-CONNECT: /),
    });
    expect(partOf(diagnosis, 'backup').says).toMatch(/, made 1 h 0 min ago$/);
    expect(partOf(diagnosis, 'recoverable').says).toMatch(/^up to a commit of 2 min \d+ s ago$/);
    const key = lineage.keys.diagnosis('20261201T051000Z-SessionsStuck');
    expect(diagnosis.object).toBe(`s3://backups/prod/${key}`);
    expect(await getRecord(store, key, DiagnosisRecord)).toMatchObject({ alarm: ALARM });
  });

  test('with the store out of reach still tells of the server, and says that it is not kept', async () => {
    const log = recordingLog();
    const diagnosis = await makeDiagnosis(
      REQUEST,
      deps({ log, openStore: async () => Promise.reject(new Error('gone')) }),
    );
    expect(partOf(diagnosis, 'backup')).toMatchObject({ isMissing: true, says: 'INTERNAL: gone' });
    expect(partOf(diagnosis, 'server').isMissing).toBe(false);
    expect(diagnosis.notKept).toBe('INTERNAL: gone');
    expect(log.lines).toMatchObject([
      { event: 'diagnosis.made', fields: { missing: 'backup recoverable work' } },
    ]);
  });
});
