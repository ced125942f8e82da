import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { type BackupContext, takeBaseBackup } from '../../lib/core/backup/take-base-backup.ts';
import type {
  BaseBackupArchive,
  BaseBackupSource,
} from '../../lib/core/ports/base-backup-source.ts';
import type { ClusterServer } from '../../lib/core/ports/cluster-server.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { nextSegment, segmentAt } from '../../lib/core/wal/segment.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';
import { archiveAll } from '../support/recovery-cluster.ts';

/** More segments than a backup with all its attempts writes. */
const AHEAD = 12;

let cluster: ArchivedCluster;
beforeAll(async () => {
  cluster = await startArchivedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

async function backUp(
  { connection }: AttachedServer,
  context: Partial<BackupContext> = {},
): Promise<BackupRecord> {
  const { store, lineage } = cluster;
  await using server = openClusterServer(connection);
  return await takeBaseBackup(
    {
      holder: 'test',
      checkpoint: 'fast',
      timeoutMs: 60_000,
      archivingTimeoutMs: 10_000,
      parallel: 2,
    },
    {
      server,
      store,
      lineage,
      source: streamedBaseBackups(connection),
      clock: systemClock,
      log: recordingLog(),
      ...context,
    },
  );
}

/** A server of the same system identifier and timeline that archives nowhere. */
async function startClone(): Promise<AttachedServer> {
  const dataDirectory = join(await cluster.makeFolder('clone'), 'data');
  await cluster.attached.run('pg_basebackup', ['-D', dataDirectory, '-X', 'stream', '-c', 'fast']);
  return attachServer(cluster.instance, {
    dataDirectory,
    logFile: join(dataDirectory, '..', 'log'),
    settings: { archive_mode: 'on', archive_command: '/bin/true' },
  });
}

/** Fills the names of the server's current and next segments with other bytes. */
async function storeOtherBytes(): Promise<void> {
  const { server, store, lineage } = cluster;
  const { timeline, segmentBytes } = await server.describe();
  let name = segmentAt(timeline, await server.currentLsn(), segmentBytes);
  for (let stored = 0; stored < AHEAD; stored += 1) {
    const other = Buffer.alloc(segmentBytes, name);
    await putSealed(store, lineage.keys.wal(name), other, { epoch: 1 });
    name = nextSegment(name, segmentBytes);
  }
}

/** The cluster's own copy, ahead of which the store gets the WAL of another server. */
function overtakenSource(): BaseBackupSource {
  const { attached } = cluster;
  const source = streamedBaseBackups(attached.connection);
  return {
    start: (options) => {
      cluster.setShipping(false);
      const stored = storeOtherBytes();
      const stream = source.start(options);
      const archives = async function* (): AsyncGenerator<BaseBackupArchive> {
        await stored;
        yield* stream.archives;
      };
      return { ...stream, archives: archives() };
    },
  };
}

/** The cluster's own server, which loses the first of its notes as a segment's end may cut it. */
function forgetfulServer(): ClusterServer {
  let isFirst = true;
  return {
    ...cluster.server,
    switchWal: async (options) => {
      const note = isFirst ? undefined : options?.note;
      isFirst = false;
      return cluster.server.switchWal({ ...options, note });
    },
  };
}

describe('takeBaseBackup with WAL of another server under the same names', () => {
  let before: readonly string[];
  const recordKeys = async (): Promise<readonly string[]> =>
    (await cluster.keys()).filter((key) => key.endsWith('/backup.json') && key.includes('/base/'));
  beforeEach(async () => {
    before = await recordKeys();
  });

  test('refuses a clone behind the server that archives, before anything is copied', async () => {
    await using clone = await startClone();
    for (let ended = 0; ended < AHEAD; ended += 1) await archiveAll(cluster);
    const log = recordingLog();
    await expect(backUp(clone, { log })).rejects.toMatchObject({
      code: 'BACKUP-ARCHIVING',
      message: expect.stringContaining("is not this server's"),
    });
    expect(log.events).not.toContain('backup.started');
    expect(await recordKeys()).toEqual(before);
  });

  test('backs up the server that archives, also when a note is cut', async () => {
    const record = await backUp(cluster.attached, { server: forgetfulServer() });
    expect(await recordKeys()).toEqual([...before, cluster.lineage.keys.backup(record.id).record]);
  });

  test('fails without a record when the store gets the other WAL during the copy', async () => {
    await expect(backUp(cluster.attached, { source: overtakenSource() })).rejects.toMatchObject({
      code: 'BACKUP-ARCHIVING',
      message: expect.stringContaining("is not this server's"),
    });
    expect(await recordKeys()).toEqual(before);
  });
});
