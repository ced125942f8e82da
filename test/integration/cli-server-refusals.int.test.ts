import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { libpqEnvironment } from '../../lib/core/adapters/postgres/connection.ts';
import { readControlFile } from '../../lib/core/adapters/postgres/control-data.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors/codes.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { type Ending, failureOf, runHoldfast } from '../bin/cli/run-holdfast.ts';
import { HOLDFAST } from '../support/checkout.ts';
import { ownFolder } from '../bin/cli/operator-cluster.ts';
import { treeHash } from '../bin/cli/tree-hash.ts';
import { startAgentProcess } from '../support/agent-process.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';

const NOT_OFFERED = '0000000100000000000000FF';
const PASSWORD = 'hunter2-never-shown';

let cluster: ProtectedCluster;
let other: AttachedServer;
/** A store in which the cluster of that name is another system. */
let foreignStore: string;

const cleanup = new AsyncDisposableStack();

beforeAll(async () => {
  cluster = cleanup.use(await startProtectedCluster());
  await archiveAll();
  const directory = await ownFolder(join(cluster.directory, 'other'));
  other = cleanup.use(await createThrowawayServer(cluster.instance, { directory }));
  foreignStore = await mkdtemp(join(cluster.directory, 'foreign-'));
  const { identity } = await cluster.lineage();
  await claimLineage(await openObjectStore(`file://${foreignStore}`), {
    ...identity,
    systemIdentifier: '7400000000000000001',
  });
});
afterAll(async () => cleanup.disposeAsync());

const store = (): string[] => ['--store', cluster.storeUrl, '--cluster', CLUSTER];
const shipping = (): string[] => [...cluster.agentWords()];

/** An agent archives all there is and ends, so that nothing ships by itself any more. */
async function archiveAll(): Promise<void> {
  await using agent = startAgentProcess({
    words: [HOLDFAST, 'agent', ...shipping()],
    logFile: join(cluster.directory, 'agent.log'),
  });
  await agent.logged('agent.started');
  await cluster.writeSegments(1);
  await cluster.drained();
  await agent.stop();
}

async function run(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const libpq = libpqEnvironment(cluster.server.connection);
  return runHoldfast(words, { env: { ...libpq, PGPASSWORD: PASSWORD, ...env } });
}

/** All that a refusal must leave alone; a spool has a lock and a heartbeat besides. */
async function everything(): Promise<string> {
  const settings = "SELECT md5(string_agg(name || setting, ',' ORDER BY name)) FROM pg_settings";
  const spool = await readdir(cluster.spool);
  return JSON.stringify({
    store: await treeHash(cluster.storeDirectory),
    foreign: await treeHash(foreignStore),
    spool: spool.filter((name) => !/lock$|heartbeat|log$/.test(name)).toSorted(),
    config: await cluster.sql("SELECT md5(pg_read_file('postgresql.auto.conf'))"),
    settings: await cluster.sql(settings),
    ready: await cluster.ready(),
  });
}

/** How a command line is refused. */
async function refusalOf(
  words: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<unknown> {
  const before = await everything();
  const ending = await run(words, env);
  const showsPassword = `${ending.stdout}${ending.stderr}`.includes(PASSWORD);
  const isUnchanged = (await everything()) === before;
  return { ...failureOf(ending), showsPassword, isUnchanged };
}

function refusedWith(code: ErrorCode): unknown {
  const { exitCode } = ERROR_CODES[code];
  return { exitCode, code, hasHint: true, showsPassword: false, isUnchanged: true };
}

describe('who ships WAL is refused before the first byte', () => {
  test.each<{ what: string; more: () => readonly string[]; code: ErrorCode }>([
    {
      what: "another cluster's store",
      more: () => ['--store', `file://${foreignStore}`],
      code: 'WAL-IDENTITY',
    },
    { what: 'an unknown cluster', more: () => ['--cluster', 'nobody'], code: 'CATALOG-CLUSTER' },
    {
      what: "another server's data directory",
      more: () => ['--data-dir', other.dataDirectory],
      code: 'WAL-SPOOL',
    },
    {
      what: 'a directory that is no data directory',
      more: () => ['--data-dir', cluster.directory],
      code: 'PG-DATA-DIR',
    },
    {
      what: 'a spool that init did not make',
      more: () => ['--spool', cluster.directory],
      code: 'WAL-SPOOL',
    },
  ])('agent and wal-push: $what: $code', async ({ more, code }) => {
    for (const verb of [['agent'], ['wal-push', NOT_OFFERED]]) {
      expect(await refusalOf([...verb, ...shipping(), ...more()])).toEqual(refusedWith(code));
    }
  });

  test('wal-push of a file that PostgreSQL does not offer: WAL-ABSENT', async () => {
    expect(await refusalOf(['wal-push', NOT_OFFERED, ...shipping()])).toEqual(
      refusedWith('WAL-ABSENT'),
    );
  });
});

describe('backup is refused before anything is copied', () => {
  test.each<{ what: string; env: () => Record<string, string>; code: ErrorCode }>([
    { what: 'another server', env: () => libpqEnv(other), code: 'WAL-IDENTITY' },
    { what: 'no server', env: () => ({ PGPORT: '1' }), code: 'PG-CONNECT' },
    { what: 'an unknown role', env: () => ({ PGUSER: 'nobody' }), code: 'PG-CONNECT' },
    { what: 'a port that is a word', env: () => ({ PGPORT: 'five' }), code: 'CONFIG-INVALID' },
    { what: 'an unknown sslmode', env: () => ({ PGSSLMODE: 'maybe' }), code: 'CONFIG-INVALID' },
  ])('$what: $code', async ({ env, code }) => {
    expect(await refusalOf(['backup', ...store()], env())).toEqual(refusedWith(code));
  });

  test('a server that does not archive: PG-SETTINGS', async () => {
    const url = `file://${await mkdtemp(join(cluster.directory, 'plain-'))}`;
    const { systemIdentifier, major, segmentBytes } = await readControlFile(other.dataDirectory);
    const identity = { systemIdentifier, major, segmentBytes, createdAt: new Date() };
    await claimLineage(await openObjectStore(url), { cluster: 'plain', ...identity });
    const words = ['backup', '--store', url, '--cluster', 'plain'];
    // As it was made, archive_mode is off.
    expect(await refusalOf(words, libpqEnv(other))).toEqual(refusedWith('PG-SETTINGS'));
    for (const settings of [
      ['archive_mode = always'],
      ['archive_mode = off', 'max_wal_senders = 0', 'wal_level = minimal'],
    ]) {
      for (const setting of settings) {
        await other.run('psql', ['-Xqc', `ALTER SYSTEM SET ${setting}`]);
      }
      await other.restart();
      expect(await refusalOf(words, libpqEnv(other))).toEqual(refusedWith('PG-SETTINGS'));
    }
  });
});

describe('init is refused before the first change', () => {
  const words = (): string[] => ['init', ...store(), '--spool', join(cluster.directory, 'new')];

  test.each<{ what: string; more: () => readonly string[]; code: ErrorCode }>([
    {
      what: "another server's data directory",
      more: () => ['--data-dir', other.dataDirectory],
      code: 'WAL-IDENTITY',
    },
    {
      what: 'a data directory that is not on this machine',
      more: () => ['--data-dir', '/nowhere/data'],
      code: 'PG-DATA-DIR',
    },
    { what: 'no server', more: () => ['--port', '1'], code: 'PG-CONNECT' },
  ])('$what: $code', async ({ more, code }) => {
    expect(await refusalOf([...words(), ...more()])).toEqual(refusedWith(code));
    expect(await readdir(cluster.directory)).not.toContain('new');
  });
});

describe('status does without a server, and says so', () => {
  test.each<{ what: string; more: () => readonly string[]; env: () => Record<string, string> }>([
    {
      what: 'none that answers',
      more: () => ['--data-dir', '/nowhere'],
      env: () => ({ PGPORT: '1' }),
    },
    {
      what: 'another cluster’s',
      more: () => ['--data-dir', other.dataDirectory],
      env: () => libpqEnv(other),
    },
  ])('$what', async ({ more, env }) => {
    const { exitCode, stdout } = await run(['status', ...store(), ...more(), '--json'], env());
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cluster: CLUSTER,
      archive: { lagBytes: null, readySegments: null },
    });
  });
});

function libpqEnv(server: AttachedServer): Record<string, string> {
  return { ...libpqEnvironment(server.connection) };
}
