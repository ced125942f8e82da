import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { pgBaseBackupSource } from '../../lib/core/adapters/postgres/pg-base-backup.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import {
  type BackupContext,
  type BackupRequest,
  takeBaseBackup,
} from '../../lib/core/backup/take-base-backup.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type { BaseBackupSource } from '../../lib/core/ports/base-backup-source.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';

/** Slow enough to be caught at work, KiB per second. */
const SLOW = 4_096;

let cluster: ArchivedCluster;
beforeAll(async () => {
  cluster = await startArchivedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

function source(): BaseBackupSource {
  return pgBaseBackupSource(cluster.instance.binDirectory, cluster.attached.connection);
}

/** The same source, which waits for `before` ahead of the first byte. */
function delayedSource(before: () => Promise<unknown>): BaseBackupSource {
  return {
    start: (options) => {
      const stream = source().start(options);
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        await before();
        yield* stream.chunks;
      };
      return { ...stream, chunks: chunks() };
    },
  };
}

async function backUp(
  request: Partial<BackupRequest> = {},
  context: Partial<BackupContext> = {},
): Promise<BackupRecord> {
  const { server, store, lineage } = cluster;
  const usual = { holder: 'test', checkpoint: 'fast', timeoutMs: 60_000, parallel: 2 } as const;
  return takeBaseBackup(
    { ...usual, ...request },
    {
      server,
      store,
      lineage,
      source: source(),
      clock: systemClock,
      log: recordingLog(),
      ...context,
    },
  );
}

/** Resolves once the backup that gets `report` copies. */
function whenCopying(): {
  readonly copying: Promise<void>;
  readonly report: BackupContext['report'];
} {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    copying: promise,
    report: ({ doneBytes }) => {
      if (doneBytes > 0) resolve();
    },
  };
}

async function recordKeys(): Promise<readonly string[]> {
  return (await cluster.keys()).filter((key) => /\/base\/.*\/backup\.json$/.test(key));
}

describe('takeBaseBackup', () => {
  afterEach(async () => {
    cluster.setShipping(true);
    await cluster.sql('ALTER SYSTEM RESET ALL');
    await cluster.sql('SELECT pg_reload_conf()');
  });

  test('fails when segments do not reach the store, before anything is copied', async () => {
    cluster.setShipping(false);
    const before = await cluster.keys();
    await expect(backUp({ archivingTimeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'BACKUP-ARCHIVING',
    });
    const after = await cluster.keys();
    expect(after.filter((key) => !key.endsWith('/lease/backup.json'))).toEqual(
      before.filter((key) => !key.endsWith('/lease/backup.json')),
    );
  });

  test('tells what the server says of its archiver', async () => {
    await cluster.setArchiveCommand('false');
    await cluster.sql('SELECT pg_current_xact_id()');
    await expect(backUp({ archivingTimeoutMs: 2_500 })).rejects.toThrow(/failed \d+ times/);
  });

  test('fails by its deadline when archiving gets stuck during the copy, naming the step', async () => {
    const stuck = delayedSource(async () => cluster.setArchiveCommand('false'));
    await expect(backUp({ timeoutMs: 6_000 }, { source: stuck })).rejects.toMatchObject({
      code: 'BACKUP-TIMEOUT',
      details: { phase: 'waiting for WAL' },
    });
    expect(await recordKeys()).toEqual([]);
  });

  test('fails when the server has archived its WAL, but the store lacks it', async () => {
    const lossy = delayedSource(async () => {
      cluster.setShipping(false);
    });
    const attempt = backUp({ archivingTimeoutMs: 1_500 }, { source: lossy });
    await expect(attempt).rejects.toMatchObject({ code: 'BACKUP-ARCHIVING' });
    expect(await recordKeys()).toEqual([]);
  });

  test('refuses a cluster with tablespaces by name, and leaves the store as it was', async () => {
    const location = await cluster.makeFolder('tablespace');
    await cluster.sql(`CREATE TABLESPACE fast LOCATION '${location}'`);
    onTestFinished(async () => {
      await cluster.sql('DROP TABLESPACE fast');
    });
    const before = await cluster.keys();
    await expect(backUp()).rejects.toMatchObject({
      code: 'BACKUP-TABLESPACE',
      message: expect.stringContaining(`fast (${location})`),
    });
    expect(await cluster.keys()).toEqual(before);
  });

  test('refuses a second backup at the same time; ends when aborted, without a record', async () => {
    const abort = new AbortController();
    const { copying, report } = whenCopying();
    const first = backUp({ maxRateKiB: SLOW }, { signal: abort.signal, report });
    first.catch(() => undefined);
    await copying;
    await expect(backUp()).rejects.toMatchObject({ code: 'BACKUP-BUSY' });
    abort.abort(new OpsError('ABORTED', 'the test has seen enough'));
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await recordKeys()).toEqual([]);
    expect((await runningPrograms()).length).toBe(0);
  });

  test('fails when pg_basebackup is killed, with its reason and without a record', async () => {
    const { copying, report } = whenCopying();
    const attempt = backUp({ maxRateKiB: SLOW }, { report });
    attempt.catch(() => undefined);
    await copying;
    const [pid] = await runningPrograms();
    expect(pid).toBeDefined();
    process.kill(Number(pid), 'SIGKILL');
    await expect(attempt).rejects.toMatchObject({ code: 'BACKUP-FAILED' });
    expect(await recordKeys()).toEqual([]);
  });

  test('fails with the server’s own words when the login is refused', async () => {
    const stranger = { ...cluster.attached.connection, user: 'nobody-here' };
    const refused = pgBaseBackupSource(cluster.instance.binDirectory, stranger);
    await expect(backUp({}, { source: refused })).rejects.toMatchObject({
      code: 'BACKUP-FAILED',
      message: expect.stringContaining('role "nobody-here" does not exist'),
    });
  });

  test('works again after all that, and keeps and marks a copy with a damaged page', async () => {
    expect((await backUp()).checksumFailures).toEqual([]);
    await cluster.sql(
      'CREATE TABLE damaged AS SELECT repeat($$x$$, 100) FROM generate_series(1, 500)',
    );
    await cluster.sql('CHECKPOINT');
    const path = await cluster.sql(`SELECT pg_relation_filepath('damaged')`);
    const file = await open(join(cluster.attached.dataDirectory, path), 'r+');
    await file.write(Buffer.from('damage'), 0, 6, 8_192 + 8_000);
    await file.close();
    const log = recordingLog();
    const record = await backUp({}, { log });
    expect(record.checksumFailures).toEqual([path]);
    expect(log.events).toContain('backup.checksum.failed');
    expect(await recordKeys()).toContain(cluster.lineage.keys.backup(record.id).record);
  });
});

/** Process ids of the copies that this process has started. */
async function runningPrograms(): Promise<readonly string[]> {
  const { stdout } = await execa('pgrep', ['-P', String(process.pid), '-x', 'pg_basebackup'], {
    reject: false,
  });
  return stdout.split('\n').filter((line) => line !== '');
}
