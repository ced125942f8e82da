import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { takeBaseBackup } from '../../lib/core/backup/take-base-backup.ts';
import type { BaseBackupSource } from '../../lib/core/ports/base-backup-source.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { segmentAt } from '../../lib/core/wal/segment.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { recordingLog } from '../support/recording-log.ts';

let cluster: ProtectedCluster;

beforeAll(async () => {
  cluster = await startProtectedCluster();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

/** The cluster's own copy, whose first segment gets a name that is taken by then. */
function poisoningSource(): BaseBackupSource {
  const source = streamedBaseBackups(cluster.server.connection);
  return {
    start: (options) => {
      const stream = source.start(options);
      const archives = async function* (): typeof stream.archives {
        const { timeline, startLsn } = await stream.started;
        const { keys, identity } = await cluster.lineage();
        const name = segmentAt(timeline, startLsn, identity.segmentBytes);
        const other = Buffer.alloc(identity.segmentBytes, 7);
        await putSealed(cluster.store, keys.wal(name), other, { epoch: 1 });
        yield* stream.archives;
      };
      return { ...stream, archives: archives() };
    },
  };
}

describe('takeBaseBackup', () => {
  test('never lists a backup whose own WAL has another server’s bytes under its name, whatever comes later', async () => {
    const agent = cluster.startAgent();
    await agent.logged('agent.started');
    await cluster.drained();
    await using server = openClusterServer(cluster.server.connection);
    const lineage = await cluster.lineage();
    const attempt = takeBaseBackup(
      { holder: 'test', checkpoint: 'fast', timeoutMs: 8_000, parallel: 2 },
      {
        store: cluster.store,
        lineage,
        server,
        source: poisoningSource(),
        clock: systemClock,
        log: recordingLog(),
      },
    );
    await expect(attempt).rejects.toMatchObject({
      code: 'BACKUP-TIMEOUT',
      details: { phase: 'waiting for WAL' },
    });
    const keys = await Array.fromAsync(cluster.store.list(''), ({ key }) => key);
    expect(keys.filter((key) => /\/base\/.*\/backup\.json$/.test(key))).toEqual([]);
  });
});
