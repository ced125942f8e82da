import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { HOLDFAST, NODE } from '../support/checkout.ts';
import { testServer } from '../support/postgres-server.ts';

const NO_SUCH_MAJOR = '99';

/** On a machine with one version: nothing of it may go further than a refusal. */
describe('an upgrade', () => {
  const made = testServer();
  const upgrade = async (...words: readonly string[]) => {
    const { dataDirectory } = made().server;
    const { exitCode, stderr } = await execa(
      NODE,
      [HOLDFAST, 'upgrade', '--data-dir', dataDirectory, ...words],
      { cwd: '/', reject: false, stdin: 'ignore', ...serverOwner() },
    );
    return { exitCode, stderr };
  };
  const beside = async (): Promise<readonly string[]> => {
    const names = await readdir(dirname(made().server.dataDirectory));
    return names.filter((name) => /\.\d\d|upgrade\.json/.test(name));
  };
  const said = (exitCode: number, ...words: readonly string[]) => ({
    exitCode,
    stderr: expect.stringMatching(words.join('[^]*')),
  });

  test('is refused while a server runs there, or somebody holds its lock', async () => {
    expect(await upgrade('--to', NO_SUCH_MAJOR)).toEqual(
      said(83, 'RESTORE-IN-USE', 'postmaster.pid'),
    );
    await made().server.stop();
    const lock = `${made().server.dataDirectory}.lock`;
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      ...serverOwner(),
      detached: true,
    });
    const end = (): void => {
      if (holder.pid !== undefined && holder.signalCode === null)
        process.kill(-holder.pid, 'SIGKILL');
    };
    onTestFinished(end);
    await once(holder.stdout, 'data');
    expect(await upgrade('--to', NO_SUCH_MAJOR)).toEqual(
      said(83, 'RESTORE-IN-USE', 'lock is held'),
    );
    const ended = once(holder, 'exit');
    end();
    await ended;
    expect(await beside()).toEqual([]);
  });

  test('is refused to the version that it has, and to one that is not here', async () => {
    const { major } = made().instance;
    expect(await upgrade('--to', String(major))).toEqual(said(96, 'PG-VERSION', 'no upgrade'));
    expect(await upgrade('--to', NO_SUCH_MAJOR)).toEqual(said(96, 'PG-VERSION', NO_SUCH_MAJOR));
    expect(await beside()).toEqual([]);
  });

  test('is refused after a crash: only a clean end leaves files that another version reads', async () => {
    await made().server.start();
    await made().server.killNine();
    const { dataDirectory } = made().server;
    expect(await upgrade('--to', NO_SUCH_MAJOR)).toEqual(said(83, 'RESTORE-IN-USE'));
    await rm(join(dataDirectory, 'postmaster.pid'));
    expect(await upgrade('--to', NO_SUCH_MAJOR)).toEqual(
      said(99, 'PG-DATA-DIR', 'ended as "in production"'),
    );
    expect(await beside()).toEqual([]);
  });

  test('is refused beside a journal that nobody understands, and has no way back without one', async () => {
    expect(await upgrade('--rollback', '--execute')).toEqual(
      said(91, 'RESTORE-ROLLBACK', 'never upgraded'),
    );
    const journal = `${made().server.dataDirectory}.upgrade.json`;
    await writeFile(journal, '{"format":2}', { mode: 0o644 });
    expect(await upgrade('--execute')).toEqual(said(99, 'PG-DATA-DIR', 'damaged'));
    await rm(journal);
  });

  test('takes only what it knows', async () => {
    expect(await upgrade('--set', 'shared_preload_libraries')).toEqual(said(2, 'name=value'));
    expect(await upgrade('--mode', 'swap')).toEqual(said(2, 'copy, clone, link'));
    expect(await upgrade('--store', 'file:///var')).toEqual(said(2, 'only make sense together'));
  });
});
