import { chown, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { openClusterSetup } from '../../lib/core/adapters/postgres/cluster-setup.ts';
import { withSession } from '../../lib/core/adapters/postgres/sql-session.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { ClusterServer, ClusterSetup } from '../../lib/core/ports/cluster-server.ts';
import { segmentBefore } from '../../lib/core/wal/segment.ts';
import { testServer } from '../support/postgres-server.ts';

const it = testServer({ settings: { archive_mode: 'on', archive_command: 'false' } });
const cluster = (): ClusterServer => openClusterServer(it().server.connection);
const setup = (): ClusterSetup => openClusterSetup(it().server.connection);
const SEGMENT_BYTES = 16n * 1024n * 1024n;

describe('a description', () => {
  test('tells everything about a primary', async () => {
    const { instance, server } = it();
    const control = await instance.controlData(server.dataDirectory);
    expect(await cluster().describe()).toMatchObject({
      systemIdentifier: control.systemIdentifier,
      major: instance.major,
      serverVersion: expect.stringMatching(new RegExp(`^${instance.major}`)),
      timeline: 1,
      segmentBytes: Number(SEGMENT_BYTES),
      dataDirectory: server.dataDirectory,
      inRecovery: false,
      settings: {
        archive_mode: 'on',
        archive_command: 'false',
        data_checksums: 'on',
        wal_level: 'replica',
        wal_segment_size: String(SEGMENT_BYTES),
      },
      pendingRestart: [],
      tablespaces: [],
      collations: expect.arrayContaining([
        {
          database: 'postgres',
          collate: 'C.UTF-8',
          ctype: 'C.UTF-8',
          provider: 'c',
          version: null,
        },
      ]),
    });
  });

  test('names tablespaces', async () => {
    const { server, directory } = it();
    const location = join(directory, 'space');
    await mkdir(location);
    const owner = serverOwner();
    if (owner !== undefined) await chown(location, owner.uid, owner.gid);
    await server.run('psql', ['-c', `CREATE TABLESPACE side LOCATION '${location}'`]);
    const { tablespaces } = await cluster().describe();
    expect(tablespaces).toEqual([{ oid: expect.stringMatching(/^\d+$/), name: 'side', location }]);
    await server.run('psql', ['-c', 'DROP TABLESPACE side']);
  });
});

describe('a standby', () => {
  test('tells its timeline before and right after its promotion', async () => {
    const { instance, server, directory } = it();
    const dataDirectory = join(directory, 'standby');
    await server.run('pg_basebackup', ['-D', dataDirectory, '-X', 'stream', '-c', 'fast', '-R']);
    await using standby = await attachServer(instance, {
      dataDirectory,
      logFile: join(directory, 'standby.log'),
      settings: { archive_mode: 'off' },
    });
    await using promoted = openClusterServer(standby.connection);
    expect(await promoted.describe()).toMatchObject({ inRecovery: true, timeline: 1 });
    expect(await promoted.currentLsn()).toBeGreaterThan(0n);
    await expect(promoted.switchWal()).rejects.toMatchObject({ code: 'PG-FAILED' });
    await standby.run('psql', ['-c', 'SELECT pg_promote()']);
    expect(await promoted.describe()).toMatchObject({ inRecovery: false, timeline: 2 });
  });
});

describe('positions and the archiver', () => {
  test('a switch ends the segment, also when nothing was written since the last one', async () => {
    const before = await cluster().currentLsn();
    const end = await cluster().switchWal();
    expect(end).toBeGreaterThan(before);
    expect(end / SEGMENT_BYTES).toBe(before / SEGMENT_BYTES);
    const next = await cluster().switchWal();
    expect(next / SEGMENT_BYTES).toBe(end / SEGMENT_BYTES + 1n);
  });

  test('a note lies in the segment that the switch ends', async () => {
    const end = await cluster().switchWal({ note: 'a note of this test' });
    const name = segmentBefore(1, end, Number(SEGMENT_BYTES));
    const wal = await readFile(join(it().server.dataDirectory, 'pg_wal', name));
    expect(wal.includes('a note of this test')).toBe(true);
  });

  test('the archiver tells of failures, then of success', async () => {
    await cluster().switchWal();
    await expect.poll(async () => (await cluster().archiver()).failedCount).toBeGreaterThan(0);
    expect((await cluster().archiver()).lastFailedAt).toBeInstanceOf(Date);
    await setup().alterSystem({ archive_command: 'true' });
    await it().server.run('psql', ['-c', 'CREATE TABLE moved (n int)']);
    await cluster().switchWal();
    const archived = async (): Promise<unknown> => (await cluster().archiver()).lastArchivedFile;
    await expect.poll(archived, { timeout: 90_000 }).toMatch(/^[0-9A-F]{24}$/);
  });

  test("gives the server's clock, and no progress when no backup runs", async () => {
    expect(await cluster().now()).toBeInstanceOf(Date);
    expect(await cluster().baseBackupProgress('holdfast-none')).toBeUndefined();
  });
});

describe('setup', () => {
  test('a setting takes effect before alterSystem returns, however it is quoted', async () => {
    const command = `test "%p" = 'it''s \\ a $HOME' || true`;
    await setup().alterSystem({ archive_command: command, max_wal_senders: '12' });
    const described = await cluster().describe();
    expect(described.settings.archive_command).toBe(command);
    expect(described.pendingRestart).toContain('max_wal_senders');
  });

  test('a list of libraries stays a list', async () => {
    await setup().alterSystem({ session_preload_libraries: 'auto_explain, pg_prewarm' });
    const shown = await it().server.run('psql', ['-Atc', 'SHOW session_preload_libraries']);
    expect(shown).toBe('auto_explain, pg_prewarm');
    await setup().alterSystem({ session_preload_libraries: '' });
    expect((await cluster().describe()).major).toBe(it().instance.major);
  });

  test('fails when the server refuses the setting', async () => {
    for (const [name, value] of [
      ['wal_level', 'most'],
      ['no_such_setting', '1'],
    ] as const) {
      await expect(setup().alterSystem({ [name]: value })).rejects.toMatchObject({
        code: 'PG-SETTINGS',
      });
    }
  });

  test('a role is created once, whatever its name', async () => {
    const role = { replication: true, memberOf: ['pg_monitor'], mayCall: ['pg_switch_wal()'] };
    const name = 'hold"fast.agent';
    expect(await setup().hasRole(name)).toBe(false);
    expect(await setup().ensureRole(name, role)).toBe('created');
    expect(await setup().ensureRole(name, role)).toBe('present');
    expect(await setup().hasRole(name)).toBe(true);
    const reader = openClusterServer({ ...it().server.connection, user: name });
    expect((await reader.describe()).major).toBe(it().instance.major);
    await reader.switchWal();
  });

  test('the heartbeat table is made once and holds one row', async () => {
    expect(await setup().hasHeartbeat()).toBe(false);
    expect(await setup().ensureHeartbeat()).toBe('created');
    expect(await setup().ensureHeartbeat()).toBe('present');
    await setup().beat();
    await setup().beat();
    const rows = await it().server.run('psql', ['-Atc', 'SELECT count(*) FROM holdfast.heartbeat']);
    expect(rows).toBe('1');
  });
});

describe('what can go wrong', () => {
  test('fails when nothing listens, over TCP or a socket', async () => {
    const { connection } = it().server;
    for (const wrong of [{ port: 1 }, { host: '127.0.0.1', port: 1 }, { host: '/nonexistent' }]) {
      const server = openClusterServer({ ...connection, ...wrong });
      await expect(server.now()).rejects.toMatchObject({ code: 'PG-CONNECT' });
    }
  });

  test('fails when the login or the database does not exist', async () => {
    const { connection } = it().server;
    for (const wrong of [{ user: 'nobody-here' }, { database: 'nothing-here' }]) {
      const server = openClusterServer({ ...connection, ...wrong });
      await expect(server.now()).rejects.toMatchObject({ code: 'PG-CONNECT' });
    }
  });

  test('fails in time when the server does not answer', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => {
      mute.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => void mute.close());
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const connection = { ...it().server.connection, host: '127.0.0.1', port };
    const waiting = withSession(connection, { timeoutMs: 200 }, async (sql) => sql`SELECT 1`);
    await expect(waiting).rejects.toMatchObject({ code: 'PG-CONNECT' });
  });

  test('fails when a statement outlives its deadline, and leaves none running', async () => {
    const { connection } = it().server;
    const slow = withSession(
      connection,
      { timeoutMs: 300 },
      async (sql) => sql`SELECT pg_sleep(60)`,
    );
    await expect(slow).rejects.toMatchObject({ code: 'PG-TIMEOUT' });
    const left = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'";
    await expect.poll(async () => it().server.run('psql', ['-Atc', left])).toBe('0');
  });

  test('ends a call when its signal is aborted or the server object is disposed', async () => {
    const reason = new Error('stop');
    const server = cluster();
    await expect(server.now({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const pending = server.describe();
    await server[Symbol.asyncDispose]();
    await expect(pending).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
