import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { claimDataDirectory } from '../../../lib/core/adapters/restore/claim-data-directory.ts';
import type { DataDirectory } from '../../../lib/core/ports/data-directory.ts';
import {
  finishDirectory,
  prepareDirectory,
  sealTablespaces,
} from '../../../lib/core/restore/prepare-directory.ts';
import { temporaryFolder } from '../../support/folders.ts';

describe('a data directory that is being recovered', () => {
  let directory: DataDirectory;

  const claim = async (path: string): Promise<void> => {
    directory = await claimDataDirectory(path, undefined);
    const { [Symbol.asyncDispose]: release } = directory;
    onTestFinished(async () => release.call(directory));
  };
  const modeOfTablespaces = async (): Promise<number> =>
    (await stat(join(directory.path, 'pg_tblspc'))).mode & 0o777;

  beforeEach(async () => {
    await claim(join(await temporaryFolder(), 'data'));
    await prepareDirectory(directory);
    await directory.makeDirectory('pg_tblspc/16385', 0o700);
  });

  test('takes no links to tablespaces until it is finished', async () => {
    await sealTablespaces(directory);
    expect(await modeOfTablespaces()).toBe(0o500);
    const notes = await finishDirectory(directory);
    expect(await modeOfTablespaces()).toBe(0o700);
    expect(notes.join()).toContain('max_logical_replication_workers');
  });

  test('archives nowhere, finished or not', async () => {
    const autoConf = join(directory.path, 'postgresql.auto.conf');
    expect(await readFile(autoConf, 'utf8')).toContain("archive_mode = 'off'");
    await finishDirectory(directory);
    expect(await readFile(autoConf, 'utf8')).toContain("archive_mode = 'off'");
  });

  test('can be started over, whoever must remove what is sealed', async () => {
    await sealTablespaces(directory);
    await directory[Symbol.asyncDispose]();
    await claim(directory.path);
    expect(await readdir(directory.path)).toEqual(['holdfast-recovery']);
  });
});
