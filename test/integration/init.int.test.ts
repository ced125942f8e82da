import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import {
  CLUSTER,
  type HoldfastEnding,
  type ProtectedCluster,
  startProtectedCluster,
} from '../support/protected-cluster.ts';

const PG_SETTINGS = 98;

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster({
    prepared: false,
    settings: { full_page_writes: 'on', shared_preload_libraries: 'pg_stat_statements' },
  });
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** All of what init may change: settings, roles, schema, spool, store. */
async function everything(): Promise<unknown> {
  return {
    settings: await cluster.sql(
      "SELECT string_agg(name || '=' || setting, E'\n' ORDER BY name) FROM pg_settings WHERE name ~ 'archive|wal_level|senders'",
    ),
    roles: await cluster.sql("SELECT count(*) FROM pg_roles WHERE rolname ~ 'holdfast'"),
    schemas: await cluster.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'holdfast'"),
    extensions: await cluster.sql(
      'SELECT string_agg(extname, $$,$$ ORDER BY extname) FROM pg_extension',
    ),
    spool: await spoolEntries().catch(() => 'absent'),
    store: await Array.fromAsync(cluster.store.list(''), ({ key, etag }) => `${key} ${etag}`),
  };
}

/** Without what comes and goes while PostgreSQL archives by itself. */
async function spoolEntries(): Promise<readonly string[]> {
  const names = await readdir(cluster.spool);
  return names.filter((name) => !/^(requested|heartbeat|one-shot\..*)$/.test(name));
}

function reason({ exitCode, stderr }: HoldfastEnding): unknown {
  return { exitCode, code: /ERROR ([A-Z]+-[A-Z-]+)/.exec(stderr)?.[1] };
}

describe('init refuses, and changes nothing', () => {
  const settings = [
    ['archive_mode', 'always'],
    ['fsync', 'off'],
    ['full_page_writes', 'off'],
  ] as const;
  test.for(settings)('%s = %s', async ([name, value]) => {
    await cluster.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
    await cluster.server.restart();
    const before = await everything();
    const ending = await cluster.init();
    expect(reason(ending)).toEqual({ exitCode: PG_SETTINGS, code: 'PG-SETTINGS' });
    expect(ending.stderr).toContain(name);
    expect(await everything()).toEqual(before);
    await cluster.sql(`ALTER SYSTEM RESET ${name}`);
    await cluster.server.restart();
  });

  test("another cluster's store", async () => {
    const other = join(cluster.directory, 'other-store');
    await mkdir(other);
    const store = await openObjectStore(`file://${other}`);
    const identity = {
      systemIdentifier: '7400000000000000001',
      major: 15,
      segmentBytes: 1024 * 1024,
    };
    await claimLineage(store, { cluster: CLUSTER, ...identity, createdAt: new Date() });
    const before = await everything();
    for (const more of [[], ['--check']]) {
      const ending = await cluster.init(['--store', `file://${other}`, ...more]);
      expect(reason(ending)).toEqual({ exitCode: 67, code: 'CATALOG-LINEAGE' });
    }
    expect(await everything()).toEqual(before);
    expect(await Array.fromAsync(store.list(''))).toHaveLength(1);
  });

  test('a store that does not exist', async () => {
    const before = await everything();
    const ending = await cluster.init(['--store', `file://${cluster.directory}/nowhere`]);
    expect(reason(ending)).toEqual({ exitCode: 57, code: 'STORE-MISSING' });
    expect(await everything()).toEqual(before);
  });

  const spools = [
    {
      what: 'of another server',
      make: async (path: string) => {
        await mkdir(path);
        await writeFile(join(path, 'identity'), '7400000000000000001\n');
      },
    },
    {
      what: 'that is a directory with other things in it',
      make: async (path: string) => {
        await mkdir(path, { mode: 0o755 });
        await writeFile(join(path, 'letter'), 'dear');
      },
    },
    { what: 'that is a file', make: async (path: string) => writeFile(path, '') },
  ];
  test.for(spools)('a spool $what', async ({ make }, { task }) => {
    const path = join(cluster.directory, `spool-${task.id}`);
    await make(path);
    const before = await everything();
    const { mode, uid } = await stat(path);
    const ending = await cluster.init(['--spool', path]);
    expect(reason(ending)).toEqual({ exitCode: 49, code: 'WAL-SPOOL' });
    expect(await everything()).toEqual(before);
    const after = await stat(path);
    expect({ mode: after.mode, uid: after.uid }).toEqual({ mode, uid });
  });

  test('a spool inside the data directory', async () => {
    const before = await everything();
    const path = join(cluster.server.dataDirectory, 'spool');
    const ending = await cluster.init(['--spool', path]);
    expect(reason(ending)).toEqual({ exitCode: 49, code: 'WAL-SPOOL' });
    expect(await everything()).toEqual(before);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('init', () => {
  test('prepares a fresh server; --check tells before and after; a second time changes nothing', async () => {
    const before = await everything();
    const unprepared = await cluster.init(['--check', '--json']);
    expect(unprepared.exitCode).toBe(PG_SETTINGS);
    expect(JSON.parse(unprepared.stdout)).toMatchObject({
      format: 1,
      ok: false,
      created: expect.arrayContaining([
        'functions for holdfast_monitor in postgres, template1',
        'extension pg_stat_statements',
      ]),
    });
    expect(await everything()).toEqual(before);

    const first = await cluster.init(['--json']);
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ ok: true, needsRestart: true });
    expect((await cluster.init(['--check'])).exitCode).toBe(PG_SETTINGS);
    await cluster.server.restart();
    expect((await cluster.init(['--check'])).exitCode).toBe(0);

    const prepared = await everything();
    expect(prepared).toMatchObject({ extensions: 'pg_stat_statements,plpgsql' });
    const second = await cluster.init(['--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ ok: true, changes: [], created: [] });
    expect(await everything()).toEqual(prepared);
  });

  test('makes a spool that only the account of the server can enter', async () => {
    const data = await stat(cluster.server.dataDirectory);
    const spool = await stat(cluster.spool);
    expect(spool.mode & 0o777).toBe(0o700);
    expect(spool.uid).toBe(data.uid);
  });
});

describe('init on a server that is protected already', () => {
  test('leaves a one-shot push in the spool unless something else is to serve it', async () => {
    for (const [more, isThere] of [
      [[], true],
      [['--no-one-shot'], false],
      [[], true],
    ] as const) {
      expect((await cluster.init(more)).exitCode).toBe(0);
      expect((await readdir(cluster.spool)).includes('one-shot')).toBe(isThere);
    }
  });

  test('refuses to archive to another cluster unless told to', async () => {
    expect((await cluster.init()).exitCode).toBe(0);
    const before = await everything();
    const ending = await cluster.init(['--cluster', 'other']);
    expect(reason(ending)).toEqual({ exitCode: 49, code: 'WAL-SPOOL' });
    expect(ending.stderr).toContain('--move-archive');
    expect(await everything()).toEqual(before);
  });
});
