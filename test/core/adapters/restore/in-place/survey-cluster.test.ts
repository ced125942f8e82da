import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { surveyCluster } from '../../../../../lib/core/adapters/restore/in-place/survey-cluster.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

/** A data directory with a link to its WAL and one to a tablespace. */
async function makeCluster(): Promise<{ readonly folder: string; readonly data: string }> {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  await mkdir(join(data, 'pg_tblspc'), { recursive: true });
  await mkdir(join(folder, 'wal', 'archive_status'), { recursive: true });
  await mkdir(join(folder, 'space', 'PG_15_202209061'), { recursive: true });
  await symlink('../wal', join(data, 'pg_wal'));
  await symlink(join(folder, 'space'), join(data, 'pg_tblspc', '16385'));
  return { folder, data };
}

const obstacles = async (data: string): Promise<readonly (string | undefined)[]> =>
  (await surveyCluster(data)).moving.map(({ obstacle }) => obstacle);

describe('a survey', () => {
  test('names the data directory and whatever its links lead to', async () => {
    const { folder, data } = await makeCluster();
    const { moving } = await surveyCluster(data);
    expect(moving.map(({ path, link }) => [path, link?.name])).toEqual([
      [data, undefined],
      [join(folder, 'wal'), 'pg_wal'],
      [join(folder, 'space'), 'pg_tblspc/16385'],
    ]);
    expect(await obstacles(data)).toEqual([undefined, undefined, undefined]);
  });

  test('does not take for PostgreSQL’s what a planted link leads to', async () => {
    const { folder, data } = await makeCluster();
    await mkdir(join(folder, 'stranger'));
    await symlink(join(folder, 'stranger'), join(data, 'pg_tblspc', '16386'));
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'file'), join(data, 'pg_tblspc', '16387'));
    expect((await obstacles(data)).slice(3)).toEqual([
      'holds nothing of PostgreSQL’s',
      'is not a directory',
    ]);
  });

  test('sees a tablespace that is reached through a second link', async () => {
    const { folder, data } = await makeCluster();
    await symlink(join(folder, 'space'), join(folder, 'detour'));
    await symlink(join(folder, 'detour'), join(data, 'pg_tblspc', '16386'));
    expect((await obstacles(data)).at(-1)).toContain('is reached through another link');
  });

  test('refuses a link that leads nowhere', async () => {
    const { data } = await makeCluster();
    await symlink('/nowhere/at/all', join(data, 'pg_tblspc', '16386'));
    await expect(surveyCluster(data)).rejects.toMatchObject({ code: 'RESTORE-IN-PLACE' });
  });
});
