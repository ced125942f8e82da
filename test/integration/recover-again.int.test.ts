import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { isOpsError } from '../../lib/core/errors/ops-error.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import { type ArchivedCluster, startArchivedCluster } from '../support/archived-cluster.ts';
import { archiveAll, backUp, recoverTo, startRecovered } from '../support/recovery-cluster.ts';

const PROCESS = fileURLToPath(new URL('../support/recovering-process.ts', import.meta.url));
/** The server of a dead recovery notices within 15 s of its next request. */
const ORPHAN_ENDS_WITHIN_MS = 60_000;
const WAIT = { timeout: 30_000 };

describe('a recovery after one that was interrupted', () => {
  let cluster: ArchivedCluster;
  let backup: BackupRecord;

  beforeAll(async () => {
    cluster = await startArchivedCluster();
    await cluster.sql("ALTER SYSTEM SET recovery_target_name = 'nowhere'");
    await cluster.sql("ALTER SYSTEM SET primary_conninfo = 'host=ghost'");
    await cluster.sql("ALTER SYSTEM SET synchronous_standby_names = 'ghost'");
    await cluster.sql("ALTER SYSTEM SET recovery_min_apply_delay = '1h'");
    await cluster.sql('CREATE TABLE facts AS SELECT 1 AS id');
    backup = await backUp(cluster);
    await archiveAll(cluster);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  /**
   * Recovers in a process of its own and kills it when it reads an object with such a key and a
   * file has appeared in its data directory.
   */
  async function killAt(keyPart: string, dataDirectory: string, file: string): Promise<void> {
    const { store, lineage } = cluster;
    const args = [PROCESS, store.url, lineage.id.cluster, dataDirectory, keyPart];
    const child: ChildProcess = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    if (child.stdout !== null) await once(child.stdout, 'data');
    await vi.waitUntil(async () => (await readdir(dataDirectory)).includes(file), WAIT);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async function proveWhole(result: RecoveryResult): Promise<void> {
    await using server = await startRecovered(cluster, result);
    expect(await server.run('psql', ['-XAtqc', 'SELECT id FROM facts'])).toBe('1');
    // A clone that waited for its origin's standby would never commit.
    await server.run('psql', ['-XAtqc', 'INSERT INTO facts VALUES (2)']);
    expect(await server.run('psql', ['-XAtqc', 'SHOW archive_mode'])).toBe('off');
    expect(await readdir(result.dataDirectory)).not.toContain('holdfast-recovery');
  }

  test('an idle past is recovered, whatever targets and standbys the base remembers', async () => {
    const result = await recoverTo(
      cluster,
      'latest',
      join(await cluster.makeFolder('idle'), 'data'),
    );
    expect(result.backupId).toBe(backup.id);
    expect(result.time).toBeUndefined();
    await proveWhole(result);
  });

  test('starts over when it was killed while extracting', async () => {
    const dataDirectory = join(await cluster.makeFolder('extracting'), 'data');
    await killAt('part-00002', dataDirectory, 'holdfast-recovery');
    expect(await readdir(dataDirectory)).toContain('recovery.signal');
    await proveWhole(await recoverTo(cluster, 'latest', dataDirectory));
  });

  test('waits for the server of one that was killed while replaying, then starts over', async () => {
    const dataDirectory = join(await cluster.makeFolder('replaying'), 'data');
    await killAt(cluster.lineage.keys.wal(backup.startSegment), dataDirectory, 'postmaster.pid');
    await expect(recoverTo(cluster, 'latest', dataDirectory)).rejects.toMatchObject({
      code: 'RESTORE-IN-USE',
    });
    await proveWhole(await retryWhileInUse(dataDirectory));
  });

  test('is refused where something is already, and leaves it alone', async () => {
    const folder = await cluster.makeFolder('full');
    const { dataDirectory } = await recoverTo(cluster, 'latest', join(folder, 'data'));
    const before = await readdir(dataDirectory);
    await expect(recoverTo(cluster, 'latest', dataDirectory)).rejects.toMatchObject({
      code: 'RESTORE-NOT-EMPTY',
    });
    await expect(
      recoverTo(cluster, 'latest', cluster.attached.dataDirectory),
    ).rejects.toMatchObject({ code: 'RESTORE-IN-USE' });
    expect(await readdir(dataDirectory)).toEqual(before);
  });

  async function retryWhileInUse(dataDirectory: string): Promise<RecoveryResult> {
    const deadlineMs = systemClock.elapsedMs() + ORPHAN_ENDS_WITHIN_MS;
    for (;;) {
      try {
        return await recoverTo(cluster, 'latest', dataDirectory);
      } catch (error) {
        const mayRetry = systemClock.elapsedMs() < deadlineMs;
        if (!isOpsError(error, 'RESTORE-IN-USE') || !mayRetry) throw error;
        await systemClock.sleep(500);
      }
    }
  }
});
