import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTool } from '../../lib/core/adapters/postgres/run-tool.ts';
import { type Session, withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { ownerOf } from '../../lib/core/adapters/system/file-owner.ts';
import { planHba } from '../../lib/core/host/access/plan-hba.ts';
import { GIB, MIB } from '../../lib/core/host/settings/amount.ts';
import type { SettingsFacts } from '../../lib/core/host/settings/facts.ts';
import { planSettings } from '../../lib/core/host/settings/plan-settings.ts';
import { renderConf } from '../../lib/core/host/settings/render-conf.ts';
import { startTestServer } from '../support/cluster-template.ts';
import { type HostServer, serveAsHost } from '../support/host-server.ts';
import { testServer } from '../support/postgres-server.ts';

const it = testServer();
const SMALL = { memoryBytes: GIB, cores: 2, volumeBytes: 10 * GIB, pooled: true };
const LOOPBACK = ['127.0.0.1/32'];

let host: HostServer;
/** Of another server, which is stopped: what a start would share is not told while one runs. */
let idleDirectory: string;

beforeAll(async () => {
  const idle = await startTestServer(it().instance, {
    directory: join(it().directory, 'idle'),
    walSegmentMegabytes: 1,
  });
  await idle[Symbol.asyncDispose]();
  idleDirectory = idle.dataDirectory;
  const { settings } = planSettings(facts());
  const access = planHba({ clientCidrs: LOOPBACK, taskCidrs: LOOPBACK });
  host = await serveAsHost({ ...it(), settings, access });
});
afterAll(async () => host[Symbol.asyncDispose]());

function facts(others: Partial<SettingsFacts> = {}): SettingsFacts {
  return { ...SMALL, major: it().instance.major, ...others };
}

async function query<T>(use: (sql: Session) => Promise<T>): Promise<T> {
  return withSession(host.admin, {}, use);
}

/** What a start with the plan of `others` would share, in bytes. */
async function sharedMemory(others: Partial<SettingsFacts>): Promise<number> {
  const { binDirectory } = it().instance;
  const changed = new Set(['shared_buffers', 'max_connections', 'max_worker_processes']);
  const { settings } = planSettings(facts(others));
  const given = [...settings]
    .filter(([name]) => changed.has(name))
    .flatMap(([name, { value }]) => ['-c', `${name}=${value}`]);
  const args = ['-D', idleDirectory, `--config-file=${host.configFile}`, ...given];
  const printed = await runTool(
    join(binDirectory, 'postgres'),
    [...args, '-C', 'shared_memory_size'],
    { owner: await ownerOf(idleDirectory) },
  );
  return Number(printed) * MIB;
}

describe('a server that is started with the configuration of a host', () => {
  test('has every value as it was planned', async () => {
    const rows = await query(
      (sql) =>
        sql<{ name: string; value: string; source: string }[]>`
          SELECT lower(name) AS name, current_setting(name) AS value, source FROM pg_settings`,
    );
    const running = new Map(rows.map(({ name, value, source }) => [name, `${value}, ${source}`]));
    const planned = [...host.settings].map(([name, { value }]) => [
      name,
      `${value}, configuration file`,
    ]);
    expect(planned.map(([name = '']) => [name, running.get(name)])).toEqual(planned);
  });

  test('finds nothing wrong with the file', async () => {
    const rows = await query((sql) => sql`SELECT * FROM pg_file_settings WHERE NOT applied`);
    expect([...rows]).toEqual([]);
    const [{ count } = { count: 0 }] = await query(
      (sql) => sql<{ count: number }[]>`
        SELECT count(*)::int AS count FROM pg_file_settings WHERE sourcefile = ${host.configFile}`,
    );
    expect(count).toBe(host.settings.size);
  });

  test('has the sum of statements that it was preloaded with', async () => {
    await query(async (sql) => sql`CREATE EXTENSION pg_stat_statements`);
    const [{ calls } = { calls: 0 }] = await query(
      (sql) => sql<{ calls: number }[]>`
        SELECT count(*)::int AS calls FROM pg_stat_statements WHERE query LIKE 'CREATE EXTENSION%'`,
    );
    expect(calls).toBe(1);
  });

  test.each([0.5, 1, 2, 16, 256])(
    'shares no more memory than promised, with %d GiB',
    async (size) => {
      const machines = [
        { memoryBytes: size * GIB, cores: 1 },
        { memoryBytes: size * GIB, cores: 64, maxConnections: 5_000 },
      ];
      for (const machine of machines) {
        const { memory } = planSettings(facts(machine));
        const promised = memory.promised.filter(({ what }) => what.startsWith('shared'));
        const perConnection = memory.maxConnections * 96 * 1_024;
        const most = promised.reduce((sum, { bytes }) => sum + bytes, perConnection);
        expect(promised).toHaveLength(2);
        expect(await sharedMemory(machine)).toBeLessThanOrEqual(most);
      }
    },
  );

  test('reads every value back as it was written', async () => {
    const special = fc.constantFrom(
      "'",
      '\\',
      "\\'",
      "''",
      '\\n',
      '\t',
      '#',
      '$',
      '"',
      ' ',
      'é',
      '🐘',
    );
    const piece = fc.oneof(special, fc.string({ unit: 'binary', maxLength: 5 }));
    const text = fc
      .array(piece, { maxLength: 10 })
      .map((pieces) => pieces.join('').replaceAll(/[\n\r\0]/g, ''));
    const samples = fc.sample(text, 500);
    const written = samples.map((value, index): [string, { value: string; why: string }] => [
      `test.v${index}`,
      { value, why: 'a test' },
    ]);
    await appendFile(host.configFile, renderConf(new Map(written)));
    const rows = await query(
      (sql) => sql<{ setting: string }[]>`
        SELECT setting FROM pg_file_settings WHERE name LIKE 'test.v%' ORDER BY seqno`,
    );
    expect(rows.map(({ setting }) => setting)).toEqual(samples);
  });
});
