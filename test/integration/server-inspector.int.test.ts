import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openServerInspector } from '../../lib/core/adapters/postgres/server-inspector.ts';
import type { ServerInspector } from '../../lib/core/ports/server-inspector.ts';
import { testServer } from '../support/postgres-server.ts';
import { until } from '../support/until.ts';

const MIB = 1024 ** 2;
const it = testServer({
  walSegmentMegabytes: 1,
  settings: {
    archive_mode: 'on',
    archive_command: 'false',
    max_prepared_transactions: '2',
    max_slot_wal_keep_size: '2MB',
    // Two recycled segments at most, so that a slot can lose its WAL.
    min_wal_size: '2MB',
    max_wal_size: '2MB',
  },
});
const sql = async (statement: string): Promise<string> =>
  it().server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);
const inspector = (user = 'postgres'): ServerInspector =>
  openServerInspector({ ...it().server.connection, user });

describe('who is logged in', () => {
  test('a superuser over a socket may do everything', async () => {
    expect(await inspector().session()).toEqual({
      user: 'postgres',
      isSuperuser: true,
      isMonitor: true,
      mayReplicate: true,
      maySwitchWal: true,
      isEncrypted: false,
      isLocal: true,
    });
  });

  test('of roles the rights are told, and those that are not there are left out', async () => {
    await sql('CREATE ROLE watcher LOGIN IN ROLE pg_monitor; CREATE ROLE copier REPLICATION');
    await sql('GRANT EXECUTE ON FUNCTION pg_switch_wal() TO copier');
    expect(await inspector().roles(['copier', 'nobody', 'watcher'])).toEqual([
      { name: 'copier', mayLogin: false, mayReplicate: true, maySwitchWal: true, isMonitor: false },
      {
        name: 'watcher',
        mayLogin: true,
        mayReplicate: false,
        maySwitchWal: false,
        isMonitor: true,
      },
    ]);
    expect(await inspector('watcher').session()).toMatchObject({
      isSuperuser: false,
      isMonitor: true,
      mayReplicate: false,
      maySwitchWal: false,
    });
  });

  test('a monitor may ask everything but for faults of the files', async () => {
    const watcher = inspector('watcher');
    expect((await watcher.settings()).get('config_file')).toMatch(/postgresql\.conf$/);
    expect((await watcher.archiveQueue()).ready).toBeGreaterThanOrEqual(0);
    await expect(watcher.configurationErrors()).rejects.toMatchObject({ code: 'PG-FAILED' });
  });
});

describe('configuration', () => {
  test('a line that cannot be used is told, a setting that waits for a restart is not', async () => {
    expect(await inspector().configurationErrors()).toEqual([]);
    await sql('ALTER SYSTEM SET max_connections = 77');
    expect(await inspector().configurationErrors()).toEqual([]);
    const hba = join(it().server.dataDirectory, 'pg_hba.conf');
    await appendFile(hba, 'nonsense\n');
    expect(await inspector().configurationErrors()).toEqual([
      { file: hba, line: expect.any(Number), error: expect.stringMatching(/\S/) },
    ]);
  });
});

describe('slots', () => {
  afterEach(async () => {
    await sql('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots');
  });

  test('tell what they keep, from reserved to lost', async () => {
    await sql("SELECT pg_create_physical_replication_slot('idle', true)");
    await sql("SELECT pg_create_physical_replication_slot('empty')");
    await sql("SELECT pg_create_physical_replication_slot('brief', true, true)");
    expect(await inspector().slots()).toEqual([
      { name: 'empty', kind: 'physical', isActive: false, retainedBytes: 0 },
      {
        name: 'idle',
        kind: 'physical',
        isActive: false,
        walStatus: 'reserved',
        retainedBytes: expect.any(Number),
      },
    ]);
    const idle = async (): Promise<string | undefined> =>
      (await inspector().slots()).find(({ name }) => name === 'idle')?.walStatus;
    await until('the slot has lost its WAL', async () => {
      await sql("SELECT pg_logical_emit_message(false, 'x', 'x'), pg_switch_wal()");
      await sql('CHECKPOINT');
      return (await idle()) === 'lost';
    });
  });
});

describe('what is in the databases', () => {
  test('prepared transactions are counted with their age', async () => {
    expect(await inspector().prepared()).toEqual({ count: 0, oldestSec: 0 });
    await sql("BEGIN; CREATE TABLE p (n int); PREPARE TRANSACTION 'forgotten'");
    const { count, oldestSec } = await inspector().prepared();
    expect({ count, isPast: oldestSec >= 0 }).toEqual({ count: 1, isPast: true });
    await sql("ROLLBACK PREPARED 'forgotten'");
  });

  test('unlogged tables are found in every database', async () => {
    expect(await inspector().unloggedTables()).toEqual({ count: 0, databases: [] });
    await sql('CREATE DATABASE other');
    await it().server.run('psql', ['-d', 'other', '-c', 'CREATE UNLOGGED TABLE u (n int)']);
    expect(await inspector().unloggedTables()).toEqual({ count: 1, databases: ['other'] });
  });

  test('databases are told with their collations and damaged pages', async () => {
    await sql("UPDATE pg_database SET datcollversion = '1' WHERE datname = 'other'");
    const found = await inspector().databases();
    expect(found).toContainEqual({ name: 'other', recordedVersion: '1', checksumFailures: 0 });
    expect(found.map(({ name }) => name)).toContain('shared objects');
  });
});

describe('what leaves the server', () => {
  test('connections for WAL are counted', async () => {
    expect(await inspector().senders()).toEqual({ max: 10, used: 0 });
  });

  test('what waits for the archiver is counted with its age', async () => {
    await sql("SELECT pg_logical_emit_message(false, 'x', 'x'), pg_switch_wal()");
    const { ready, oldestSec } = await inspector().archiveQueue();
    expect(ready).toBeGreaterThan(0);
    expect(oldestSec).toBeGreaterThanOrEqual(0);
    expect((await inspector().settings()).get('wal_segment_size')).toBe(String(MIB));
  });
});
