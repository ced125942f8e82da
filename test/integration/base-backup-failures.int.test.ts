import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import {
  type BackupContext,
  type BackupRequest,
  takeBaseBackup,
} from '../../lib/core/backup/take-base-backup.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { OpsError } from '../../lib/core/errors/ops-error.ts';
import type {
  BaseBackupArchive,
  BaseBackupSource,
} from '../../lib/core/ports/base-backup-source.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';
import { until } from '../support/until.ts';

/**
 * Slow enough to be caught at work, KiB per second, and for the server never to wait for its reader:
 * ended in the middle of a write it has no words left for it (ProcessClientWriteInterrupt, postgres.c).
 */
const SLOW = 256;

let cluster: ArchivedCluster;
beforeAll(async () => {
  cluster = await startArchivedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

function source(): BaseBackupSource {
  return streamedBaseBackups(cluster.attached.connection);
}

/** The same source, which waits for `before` ahead of the first byte. */
function delayedSource(before: () => Promise<unknown>): BaseBackupSource {
  return {
    start: (options) => {
      const stream = source().start(options);
      const archives = async function* (): AsyncGenerator<BaseBackupArchive> {
        await before();
        yield* stream.archives;
      };
      return { ...stream, archives: archives() };
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
    await until('the server has ended the copy', async () => (await sendersAtWork()) === '0');
  });

  test('fails with the server’s own words when it ends the copy, without a record', async () => {
    const { copying, report } = whenCopying();
    const attempt = backUp({ maxRateKiB: SLOW }, { report });
    attempt.catch(() => undefined);
    await copying;
    await cluster.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_progress_basebackup`);
    await expect(attempt).rejects.toMatchObject({
      code: 'BACKUP-FAILED',
      message: expect.stringContaining('terminating connection due to administrator command'),
      details: { sqlState: '57P01' },
    });
    expect(await recordKeys()).toEqual([]);
  });

  test('fails with the server’s own words when the login is refused', async () => {
    const stranger = { ...cluster.attached.connection, user: 'nobody-here' };
    await expect(backUp({}, { source: streamedBaseBackups(stranger) })).rejects.toMatchObject({
      code: 'PG-CONNECT',
      message: expect.stringContaining('role "nobody-here" does not exist'),
    });
  });

  test('fails before anything is stored when the copy would be of another cluster', async () => {
    await using other = await createThrowawayServer(cluster.instance, {
      directory: join(await cluster.makeFolder('other'), 'server'),
    });
    const before = await cluster.keys();
    const wrong = streamedBaseBackups(other.connection);
    await expect(backUp({}, { source: wrong })).rejects.toMatchObject({ code: 'WAL-IDENTITY' });
    expect(await cluster.keys()).toEqual(before);
  });

  test('works again after all that, and keeps and marks a copy with a damaged page', async () => {
    expect((await backUp()).checksumFailures).toEqual([]);
    await cluster.sql(
      'CREATE TABLE damaged AS SELECT repeat($$x$$, 100) FROM generate_series(1, 500)',
    );
    await cluster.sql('CHECKPOINT');
    const path = await cluster.sql(`SELECT pg_relation_filepath('damaged')`);
    await damage(join(cluster.attached.dataDirectory, path));
    const log = recordingLog();
    const record = await backUp({}, { log });
    expect(record.checksumFailures).toEqual([path]);
    expect(log.events).toContain('backup.checksum.failed');
    expect(await recordKeys()).toContain(cluster.lineage.keys.backup(record.id).record);
  });

  test('names a damaged page in a tablespace as the manifest does', async () => {
    const location = await cluster.makeFolder('tablespace');
    await cluster.sql('DROP TABLE damaged');
    await cluster.sql(`CREATE TABLESPACE fast LOCATION '${location}'`);
    await cluster.sql(
      'CREATE TABLE damaged TABLESPACE fast AS SELECT repeat($$x$$, 100) FROM generate_series(1, 500)',
    );
    await cluster.sql('CHECKPOINT');
    const path = await cluster.sql(`SELECT pg_relation_filepath('damaged')`);
    await damage(join(cluster.attached.dataDirectory, path));
    const record = await backUp();
    expect(record.checksumFailures).toEqual([path]);
  });
});

/** Changes bytes in the second page of a file. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from('damage'), 0, 6, 8_192 + 8_000);
  await file.close();
}

/** Sessions of the server that send a copy. */
async function sendersAtWork(): Promise<string> {
  return cluster.sql('SELECT count(*) FROM pg_stat_progress_basebackup');
}
