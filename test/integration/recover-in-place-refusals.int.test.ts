import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { FolderSpool } from '../../lib/core/adapters/wal/folder-spool.ts';
import { claimLineage } from '../../lib/core/store/lineage.ts';
import { type Attempt, refusedWith } from '../bin/cli/refusal.ts';
import { failureOf } from '../bin/cli/run-holdfast.ts';
import { treeHash } from '../bin/cli/tree-hash.ts';
import { backUpOnce, inPlaceWords, rollbackWords } from '../support/in-place-cluster.ts';
import { type ProtectedCluster, startProtectedCluster } from '../support/protected-cluster.ts';
import { storedObjects } from '../support/stored-wal.ts';
import { until } from '../support/until.ts';

/** Below what a recovery of this cluster needs, above what a copy of it takes. */
const SMALL_DISK = '40m';

describe('a recovery in place is refused, and changes nothing', () => {
  let cluster: ProtectedCluster;
  let data: string;
  let wal: string;

  beforeAll(async () => {
    cluster = await startProtectedCluster();
    data = cluster.server.dataDirectory;
    wal = join(dirname(data), 'elsewhere');
    await backUpOnce(cluster);
    await cluster.server.killNine();
    await rm(join(data, 'postmaster.pid'), { force: true });
    await rename(join(data, 'pg_wal'), wal);
    await symlink(wal, join(data, 'pg_wal'));
    // A refusal may make the lock beside the directory, and nothing else.
    await writeFile(`${data}.lock`, '', { mode: 0o600 });
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  const execute = (): readonly string[] => [...inPlaceWords(cluster, 'latest'), '--execute'];

  /** What a command line says that must be refused. */
  async function attempt(words = execute()): Promise<Attempt & { readonly stderr: string }> {
    const hashes = async (): Promise<readonly string[]> => [
      await treeHash(dirname(data)),
      ...(await storedObjects(cluster)),
    ];
    const before = await hashes();
    const ending = await cluster.holdfast(words);
    const { stdout, stderr } = ending;
    const isUnchanged = (await hashes()).join() === before.join();
    // With --json the error stands on stdout too.
    const said = stdout.startsWith('{"format":1,"error":') ? '' : stdout;
    return { ...failureOf(ending), stdout: said, stderr, isUnchanged };
  }

  /** Runs a program until the end of the test, its own process and its children. */
  async function keepRunning(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(program, args, { stdio: 'ignore', detached: true });
    await once(child, 'spawn');
    onTestFinished(async () => {
      const gone = once(child, 'exit');
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await gone;
    });
  }

  async function mountSmallDisk(path: string): Promise<void> {
    await execa('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK}`, 'tmpfs', path]);
    onTestFinished(async () => void (await execa('umount', [path])));
  }

  test('while a server of another container runs on it', async () => {
    const { binDirectory } = cluster.instance;
    const owner = serverOwner();
    const asServer =
      owner === undefined
        ? ['--user']
        : ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
    const socket = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${dirname(data)}`];
    const server = [...asServer, join(binDirectory, 'postgres'), '-D', data, ...socket];
    await keepRunning('unshare', ['--pid', '--fork', '--kill-child=SIGKILL', ...server]);
    const pidFile = join(data, 'postmaster.pid');
    await until('the server is ready', async () =>
      (await readFile(pidFile, 'utf8').catch(() => '')).includes('ready'),
    );
    const [pid] = (await readFile(pidFile, 'utf8')).split('\n');
    // That number is another process's, or nobody's, as seen from here.
    expect(Number(pid)).toBeLessThan(5);
    const ending = await cluster.holdfast(execute());
    expect(failureOf(ending)).toMatchObject({ code: 'RESTORE-IN-USE', hasHint: true });
  });

  test('while what a crashed server left says that one may run', async () => {
    const pidFile = join(data, 'postmaster.pid');
    await writeFile(pidFile, `4194303\n${data}\n`);
    onTestFinished(async () => rm(pidFile));
    const attempted = await attempt();
    expect(attempted).toMatchObject(refusedWith('RESTORE-IN-USE'));
    expect(attempted.stderr).toContain(pidFile);
  });

  test('while a process of another container holds its lock', async () => {
    const waiting = ['flock', '--no-fork', `${data}.lock`, 'sleep', '60'];
    await keepRunning('unshare', ['--pid', '--fork', '--kill-child=SIGKILL', ...waiting]);
    await until('the lock is held', async () => {
      const { exitCode } = await execa('flock', ['--nonblock', `${data}.lock`, 'true'], {
        reject: false,
      });
      return exitCode !== 0;
    });
    expect(await attempt()).toMatchObject(refusedWith('RESTORE-IN-USE'));
    expect(await attempt(inPlaceWords(cluster, 'latest'))).toMatchObject(
      refusedWith('RESTORE-IN-USE'),
    );
  });

  test('while the agent is at work', async () => {
    await using _lock = await new FolderSpool(cluster.spool, data).lock('agent');
    expect(await attempt()).toMatchObject(refusedWith('WAL-SPOOL'));
  });

  test('where a link leads to a mount point', async () => {
    await mkdir(`${wal}.disk`);
    await mountSmallDisk(`${wal}.disk`);
    await execa('cp', ['--archive', `${wal}/.`, `${wal}.disk`]);
    await rename(join(data, 'pg_wal'), join(data, 'pg_wal.kept'));
    await symlink(`${wal}.disk`, join(data, 'pg_wal'));
    onTestFinished(async () => {
      await rm(join(data, 'pg_wal'));
      await rename(join(data, 'pg_wal.kept'), join(data, 'pg_wal'));
    });
    const attempted = await attempt();
    expect(attempted).toMatchObject(refusedWith('RESTORE-IN-PLACE'));
    expect(attempted.stderr).toMatch(/elsewhere\.disk, to which pg_wal leads, .* is a mount point/);
    expect(attempted.stderr).toMatch(/needs \d+ bytes/);
  });

  test('without room for a second one, with the bytes that are missing', async () => {
    const disk = join(cluster.directory, 'disk');
    await mkdir(disk);
    await mountSmallDisk(disk);
    await execa('cp', ['--archive', data, join(disk, 'data')]);
    const words = inPlaceWords(cluster, 'latest').map((word) =>
      word === data ? join(disk, 'data') : word,
    );
    const attempted = await attempt(words);
    expect(attempted).toMatchObject(refusedWith('RESTORE-SPACE'));
    expect(attempted.stderr).toMatch(/\d+ of \d+ bytes are missing/);
  });

  test('for a copy of the directory, which is not the writer', async () => {
    const copy = join(cluster.directory, 'copy');
    await execa('cp', ['--archive', data, copy]);
    const words = execute().map((word) => (word === data ? copy : word));
    expect(await attempt(words)).toMatchObject(refusedWith('WAL-FENCED'));
  });

  test('for another cluster than the archive is of', async () => {
    const { identity } = await cluster.lineage();
    const other = { ...identity, cluster: 'others', systemIdentifier: '7000000000000000001' };
    await claimLineage(cluster.store, other);
    const words = execute().map((word) => (word === 'orders' ? 'others' : word));
    expect(await attempt(words)).toMatchObject(refusedWith('WAL-IDENTITY'));
  });

  test('and so is a rollback where nothing was recovered in place', async () => {
    expect(await attempt(rollbackWords(cluster))).toMatchObject(refusedWith('RESTORE-ROLLBACK'));
  });
});
