import { mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  keepConfiguration,
  listConfiguration,
} from '../../../../../lib/core/adapters/restore/in-place/kept-configuration.ts';
import { temporaryFolder } from '../../../../support/folders.ts';

const LARGE = 2 * 1024 * 1024;

/** A data directory with what PostgreSQL and its operator put at its top. */
async function makeDirectories(): Promise<{ readonly old: string; readonly made: string }> {
  const folder = await temporaryFolder();
  const [old, made] = [join(folder, 'old'), join(folder, 'made')];
  await mkdir(join(old, 'base'), { recursive: true });
  await mkdir(join(made, 'holdfast-recovery'), { recursive: true });
  for (const name of ['PG_VERSION', 'postmaster.opts', 'standby.signal', 'backup_label.old']) {
    await writeFile(join(old, name), 'state');
  }
  await writeFile(join(old, 'postgresql.conf'), 'new settings');
  await writeFile(join(made, 'postgresql.conf'), 'settings of the backup');
  await writeFile(join(old, 'postgresql.auto.conf'), 'written anew elsewhere');
  await writeFile(join(old, 'server.key'), 'secret', { mode: 0o600 });
  await writeFile(join(old, 'dump'), Buffer.alloc(LARGE));
  await symlink('/etc/holdfast-test/pg_hba.conf', join(old, 'pg_hba.conf'));
  await symlink('/elsewhere/pg_wal', join(old, 'pg_wal'));
  await symlink('/var/log/holdfast-test', join(old, 'log'));
  return { old, made };
}

describe('the configuration of a data directory', () => {
  test('is what the operator put there: no state, no large files, no link to state', async () => {
    const { old } = await makeDirectories();
    expect(await listConfiguration(old)).toEqual([
      { name: 'log', linkText: '/var/log/holdfast-test' },
      { name: 'pg_hba.conf', linkText: '/etc/holdfast-test/pg_hba.conf' },
      { name: 'postgresql.auto.conf', linkText: undefined },
      { name: 'postgresql.conf', linkText: undefined },
      { name: 'server.key', linkText: undefined },
    ]);
  });

  test('stands above what the backup had; links are made again, whatever they lead to', async () => {
    const { old, made } = await makeDirectories();
    for (const _ of [1, 2]) await keepConfiguration(old, made, undefined);
    expect(await readFile(join(made, 'postgresql.conf'), 'utf8')).toBe('new settings');
    expect((await stat(join(made, 'server.key'))).mode & 0o777).toBe(0o600);
    expect(await readlink(join(made, 'pg_hba.conf'))).toBe('/etc/holdfast-test/pg_hba.conf');
    await expect(stat(join(made, 'postgresql.auto.conf'))).rejects.toThrow('ENOENT');
    await expect(stat(join(made, 'standby.signal'))).rejects.toThrow('ENOENT');
  });

  test('leaves a folder of the backup where the old directory had a link', async () => {
    const { old, made } = await makeDirectories();
    await mkdir(join(made, 'log'));
    await keepConfiguration(old, made, undefined);
    expect((await stat(join(made, 'log'))).isDirectory()).toBe(true);
  });
});
