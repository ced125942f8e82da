import {
  access,
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { claimDataDirectory } from '../../../../lib/core/adapters/restore/claim-data-directory.ts';
import { acquireFileLock } from '../../../../lib/core/adapters/system/file-lock.ts';
import type { DataDirectory } from '../../../../lib/core/ports/data-directory.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const MARK = 'holdfast-recovery/unfinished.json';

describe('claimDataDirectory', () => {
  let path: string;
  beforeEach(async () => {
    path = join(await temporaryFolder(), 'data');
  });

  const claim = async (place = path): Promise<DataDirectory> => {
    const directory = await claimDataDirectory(place, undefined);
    onTestFinished(() => directory[Symbol.asyncDispose]());
    return directory;
  };
  const refusal = async (place = path): Promise<unknown> =>
    claim(place).then(
      () => 'claimed',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );
  /** Leaves a recovery unfinished, as a crash does. */
  const abandon = async (): Promise<void> => {
    const directory = await claimDataDirectory(path, undefined);
    await directory.createFile('base/1/1234', 0o600).then((file) => file.close());
    await directory[Symbol.asyncDispose]();
  };
  const writePid = async (pid: number): Promise<void> =>
    writeFile(join(path, 'postmaster.pid'), `${pid}\n${path}\n`);

  test('makes an absent directory, for its owner only', async () => {
    const directory = await claim();
    expect(directory.path).toBe(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('takes an empty one, and lets a group keep reading', async () => {
    await mkdir(path);
    await chmod(path, 0o750);
    await claim();
    expect((await stat(path)).mode & 0o777).toBe(0o750);
  });

  test('closes an empty one that all could read', async () => {
    await mkdir(path);
    await chmod(path, 0o755);
    await claim();
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  test('goes through a symbolic link to the real place', async () => {
    await mkdir(path);
    await symlink(path, `${path}-link`);
    expect((await claim(`${path}-link`)).path).toBe(path);
  });

  test('goes to where a link leads, also when nothing is there any more', async () => {
    await symlink('data', `${path}-link`);
    expect((await claim(`${path}-link`)).path).toBe(path);
  });

  test('fails when anything is there, and says what', async () => {
    await mkdir(path);
    await writeFile(join(path, 'precious'), 'x');
    await expect(claim()).rejects.toMatchObject({
      code: 'RESTORE-NOT-EMPTY',
      message: expect.stringContaining('precious'),
    });
    expect(await readdir(path)).toEqual(['precious']);
  });

  test('fails when a postmaster.pid is there, whatever its pid', async () => {
    await mkdir(path);
    await writePid(2 ** 30);
    expect(await refusal()).toBe('RESTORE-IN-USE');
  });

  test('fails when someone else holds the lock', async () => {
    const lock = await acquireFileLock(`${path}.lock`);
    expect(await refusal()).toBe('RESTORE-IN-USE');
    await lock?.release();
    await claim();
    expect(await refusal()).toBe('RESTORE-IN-USE');
  });

  test('fails when the directory is another account’s', async () => {
    await mkdir(path);
    const stranger = { uid: (process.getuid?.() ?? 0) + 1, gid: 0 };
    await expect(claimDataDirectory(path, stranger)).rejects.toMatchObject({
      code: 'RESTORE-OWNER',
    });
  });

  test('fails when there is no directory above, or a file', async () => {
    expect(await refusal(join(path, 'deep', 'data'))).toBe('RESTORE-OWNER');
    await writeFile(path, '');
    expect(await refusal()).toBe('RESTORE-OWNER');
  });

  test('removes what an interrupted recovery left, and nothing else', async () => {
    await abandon();
    await writeFile(join(path, '..', 'beside'), 'kept');
    await symlink(join(path, '..'), join(path, 'link'));
    await claim();
    expect(await readdir(path)).toEqual(['holdfast-recovery']);
    await access(join(path, '..', 'beside'));
  });

  test('a copy of an unfinished recovery is not removed', async () => {
    await abandon();
    await cp(path, `${path}-copy`, { recursive: true });
    expect(await refusal(`${path}-copy`)).toBe('RESTORE-NOT-EMPTY');
    await access(join(`${path}-copy`, 'base/1/1234'));
  });

  test('an unfinished recovery whose server lives is in use; a dead server’s is not', async () => {
    await abandon();
    await writePid(process.pid);
    expect(await refusal()).toBe('RESTORE-IN-USE');
    await writePid(2 ** 30);
    await claim();
    expect(await readdir(path)).toEqual(['holdfast-recovery']);
  });

  test('a server of an unfinished recovery on another host may live', async () => {
    await abandon();
    const mark = await readFile(join(path, MARK), 'utf8');
    await writeFile(join(path, MARK), mark.replace(hostname(), 'elsewhere'));
    await writePid(2 ** 30);
    expect(await refusal()).toBe('RESTORE-IN-USE');
  });

  test('resumes when it was killed before the mark, or while it cleared', async () => {
    await mkdir(join(path, 'holdfast-recovery'), { recursive: true });
    await writeFile(join(path, 'holdfast-recovery', 'unfinished.tmp'), '{');
    await chmod(path, 0o700);
    const directory = await claim();
    await directory[Symbol.asyncDispose]();
    await writeFile(join(path, 'half-cleared'), '');
    await claim();
    expect(await readdir(path)).toEqual(['holdfast-recovery']);
  });

  test('a mark that is damaged allows nothing', async () => {
    await abandon();
    await writeFile(join(path, MARK), '{"format": 1');
    expect(await refusal()).toBe('RESTORE-NOT-EMPTY');
  });

  describe('a claimed directory', () => {
    test('fails when a path leaves it', async () => {
      const directory = await claim();
      for (const bad of ['../x', '/etc/x', 'a/../../x', 'a//b', '', './x', 'a\0b']) {
        await expect(directory.createFile(bad, 0o600)).rejects.toMatchObject({
          code: 'BACKUP-TAR',
        });
      }
    });

    test('fails when a file comes twice', async () => {
      const directory = await claim();
      await directory.createFile('base/1', 0o600).then((file) => file.close());
      await expect(directory.createFile('base/1', 0o600)).rejects.toMatchObject({
        code: 'BACKUP-TAR',
      });
    });

    test('keeps modes, and replaces small files', async () => {
      const directory = await claim();
      const file = await directory.createFile('base/1/2', 0o640);
      await file.write(Buffer.from('wo'));
      await file.write(Buffer.from('rd'));
      await file.close();
      await directory.makeDirectory('base', 0o750);
      await directory.replaceFile('base/1/2', 'other');
      await directory.sync();
      expect(await directory.readFile('base/1/2')).toBe('other');
      expect(await directory.readFile('base/1/3')).toBeUndefined();
      expect((await stat(join(path, 'base'))).mode & 0o777).toBe(0o750);
      expect(await directory.names('base')).toEqual(['1']);
    });

    test('is unfinished, and no server can be started on it, until its last file is gone', async () => {
      const directory = await claim();
      await directory.createFile('PG_VERSION', 0o600).then((file) => file.close());
      await directory[Symbol.asyncDispose]();
      // What an end leaves that is broken off before its last step.
      await rename(join(path, MARK), join(path, 'recovery.signal'));
      await rm(join(path, 'holdfast-recovery'), { recursive: true });
      const again = await claim();
      await again[Symbol.asyncDispose]();
      expect(await readdir(path)).toEqual(['holdfast-recovery']);
    });

    test('is nobody’s unfinished recovery once finished', async () => {
      const directory = await claim();
      await directory.createFile('PG_VERSION', 0o600).then((file) => file.close());
      await directory.finish();
      await directory[Symbol.asyncDispose]();
      expect(await refusal()).toBe('RESTORE-NOT-EMPTY');
    });
  });
});
