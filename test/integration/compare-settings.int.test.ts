import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readRunningSettings } from '../../lib/core/adapters/postgres/running-settings.ts';
import {
  compareSettings,
  type SettingDifferences,
} from '../../lib/core/host/apply/compare-settings.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

/** What the server was started with, as somebody would write it. */
const GIVEN = {
  shared_buffers: '24MB',
  max_connections: '50',
  work_mem: '2MB',
  checkpoint_timeout: '10min',
  max_wal_size: '1GB',
  statement_timeout: '1h',
  log_checkpoints: 'on',
  wal_compression: 'on',
  synchronous_commit: 'local',
  random_page_cost: '1.1',
  timezone: 'UTC',
  datestyle: 'iso, ymd',
  listen_addresses: '',
};
const server = testServer({ settings: GIVEN });
/** Besides those, what initdb has written and the server of a test needs. */
let standing: ReadonlyMap<string, string>;

beforeAll(async () => {
  const { written } = await readRunningSettings(server().server.connection);
  standing = new Map(written.map(({ name, value }) => [name.toLowerCase(), value]));
});

async function compare(
  change: Readonly<Record<string, string | undefined>> = {},
): Promise<SettingDifferences> {
  const wanted = new Map(standing);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) wanted.delete(name);
    else wanted.set(name, value);
  }
  return compareSettings(await readRunningSettings(server().server.connection), wanted);
}

async function sql(statement: string): Promise<string> {
  return server().server.run('psql', ['-XAtqc', statement]);
}

test('finds nothing to do where the file says what the server was started with', async () => {
  expect(await compare()).toEqual({ changes: [], shadowed: [] });
  expect(
    await compare({ work_mem: '2048kB', checkpoint_timeout: '600s', wal_compression: 'pglz' }),
  ).toEqual({ changes: [], shadowed: [] });
});

test('goes back to the default where nobody sets a value any more', async () => {
  const { changes } = await compare({ max_connections: undefined, work_mem: undefined });
  expect(changes).toMatchObject([
    { name: 'max_connections', to: undefined, needsRestart: true },
    { name: 'work_mem', to: undefined, needsRestart: false },
  ]);
});

test('says of each change what PostgreSQL says of it after a reload', async () => {
  const change = {
    shared_buffers: '32MB',
    max_connections: '60',
    work_mem: '3MB',
    checkpoint_timeout: '11min',
    max_wal_size: '2GB',
    log_checkpoints: 'off',
    wal_level: 'logical',
  };
  const { changes } = await compare(change);
  expect(changes.map(({ name }) => name)).toEqual(Object.keys(change).sort());
  const lines = Object.entries(change).map(([name, value]) => `${name} = '${value}'\n`);
  await appendFile(join(server().server.dataDirectory, 'postgresql.conf'), lines.join(''));
  await sql('SELECT pg_reload_conf()');
  await until('it is read', async () => (await sql('SHOW work_mem')).trim() === '3MB');
  const pending = await sql('SELECT name FROM pg_settings WHERE pending_restart ORDER BY 1');
  expect(changes.filter(({ needsRestart }) => needsRestart).map(({ name }) => name)).toEqual(
    pending.trim().split('\n'),
  );
  const left = (await compare(change)).changes.map(({ name }) => name);
  expect(left).toEqual(pending.trim().split('\n'));
  await server().server.restart();
  expect(await compare(change)).toEqual({ changes: [], shadowed: [] });
  standing = new Map([...standing, ...Object.entries(change)]);
});

test('names what ALTER SYSTEM keeps from having effect', async () => {
  await sql("ALTER SYSTEM SET work_mem = '4MB'");
  await sql("ALTER SYSTEM SET max_connections = '60'");
  await sql('SELECT pg_reload_conf()');
  await until('it is read', async () => (await sql('SHOW work_mem')).trim() === '4MB');
  expect(await compare({ work_mem: '5MB' })).toEqual({
    changes: [],
    shadowed: [{ name: 'work_mem', wanted: '5MB', by: '4MB', source: 'ALTER SYSTEM' }],
  });
});
