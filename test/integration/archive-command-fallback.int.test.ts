import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { readStoredWal } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

/** What archiving may add to a fast shutdown, in seconds: supervisors give a minute or more. */
const SHUTDOWN_SEC = 15;

let cluster: ProtectedCluster;

beforeAll(async () => {
  // The archiver's own account must be able to write to the store.
  cluster = await startProtectedCluster({ asServer: true });
});
afterAll(async () => cluster[Symbol.asyncDispose]());

describe('with the agent dead', () => {
  test('a one-shot push ships a batch of 50 without 50 starts of an interpreter', async () => {
    const oneShot = join(cluster.spool, 'one-shot');
    const starts = join(cluster.spool, 'starts');
    const script = await readFile(oneShot, 'utf8');
    await cluster.drained();
    await writeFile(oneShot, `echo start >>'${starts}'\n${script}`);
    const last = await cluster.writeSegments(50);
    await cluster.drained();
    const { segments, different, gaps } = await readStoredWal(cluster);
    expect({ last: segments.at(-1), different, gaps }).toEqual({ last, different: [], gaps: [] });
    const count = (await readFile(starts, 'utf8')).trim().split('\n').length;
    expect(count).toBeLessThanOrEqual(5);
    await writeFile(oneShot, script);
  });

  test('where there is no one-shot program only a request is left', async () => {
    const oneShot = join(cluster.spool, 'one-shot');
    await rename(oneShot, `${oneShot}.away`);
    await rm(join(cluster.spool, 'requested'), { force: true });
    await rm(join(cluster.spool, 'one-shot.log'), { force: true });
    const last = await cluster.writeSegments(1);
    const requested = await until('a request is left', async () => {
      return readFile(join(cluster.spool, 'requested'), 'utf8').catch(() => undefined);
    });
    expect(requested.trim()).toBe(last);
    expect(await cluster.ready()).toContain(last);
    await expect(readFile(join(cluster.spool, 'one-shot.log'))).rejects.toThrow('ENOENT');
    await rename(`${oneShot}.away`, oneShot);
    // Whoever serves the request does what the one-shot program does.
    const { exitCode } = await cluster.holdfast(['wal-push', ...cluster.agentWords(), last]);
    expect(exitCode).toBe(0);
    await cluster.drained();
  });

  test('a push of a file that PostgreSQL does not offer is refused', async () => {
    const words = ['wal-push', ...cluster.agentWords(), '0000000100000000000000FE'];
    const { exitCode, stderr } = await cluster.holdfast(words);
    expect({ exitCode, code: /WAL-[A-Z]+/.exec(stderr)?.[0] }).toEqual({
      exitCode: 51,
      code: 'WAL-ABSENT',
    });
  });

  const stores = [
    { what: 'a working', mode: 0o700 },
    { what: 'a broken', mode: 0o000 },
  ];
  test.for(stores)(
    'a fast shutdown with $what store is held up for 15 s at most',
    async ({ mode }, { annotate }) => {
      await cluster.drained();
      await chmod(cluster.storeDirectory, mode);
      const stopSec = async (): Promise<number> => {
        const startedMs = performance.now();
        await cluster.server.stop();
        return (performance.now() - startedMs) / 1_000;
      };
      await cluster.writeSegments(2);
      const withArchiving = await stopSec();
      await chmod(cluster.storeDirectory, 0o700);
      await cluster.server.start();
      await cluster.sql("ALTER SYSTEM SET archive_command = 'true'");
      await cluster.sql('SELECT pg_reload_conf()');
      await cluster.drained();
      const without = await stopSec();
      await cluster.server.start();
      await cluster.init();
      await annotate(
        `shutdown ${withArchiving.toFixed(1)} s, without archiving ${without.toFixed(1)} s`,
      );
      expect(withArchiving - without).toBeLessThanOrEqual(SHUTDOWN_SEC);
    },
  );
});
