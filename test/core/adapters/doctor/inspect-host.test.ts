import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  inspectDirectory,
  inspectRoom,
} from '../../../../lib/core/adapters/doctor/inspect-directory.ts';
import {
  findTools,
  inspectPrograms,
  inspectRuntime,
} from '../../../../lib/core/adapters/doctor/inspect-machine.ts';
import { inspectSpool } from '../../../../lib/core/adapters/doctor/inspect-spool.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const NOTHING = { dataDirectory: undefined, archive: undefined };

test('tools are found by PATH, and only what may be run counts', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'there'), '', { mode: 0o755 });
  await writeFile(join(folder, 'plain'), '', { mode: 0o644 });
  const found = await findTools(['there', 'plain', 'absent'], { PATH: `/nowhere:${folder}` });
  expect([...found]).toEqual([
    ['there', true],
    ['plain', false],
    ['absent', false],
  ]);
});

test('PGBIN is told with what it lacks, and whether others may change it', async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o777);
  const programs = await inspectPrograms({ PGBIN: folder, PATH: '' });
  expect(programs[0]).toMatchObject({ directory: folder, explicit: true, isOpen: true });
  expect(programs[0]?.missing).toContain('psql');
});

test('the runtime tells of a password file that nobody reads', () => {
  expect(inspectRuntime({ PGPASSFILE: '/a' }).passwordFile).toBe('/a');
  expect(inspectRuntime({}).passwordFile).toBeUndefined();
});

test('a data directory tells its left-overs and where pg_wal is', async () => {
  const folder = await temporaryFolder();
  const wal = join(folder, 'wal');
  const data = join(folder, 'data');
  await mkdir(wal);
  await mkdir(data, { mode: 0o750 });
  await symlink(wal, join(data, 'pg_wal'));
  await writeFile(join(data, 'backup_label'), '');
  expect(await inspectDirectory(data)).toMatchObject({
    mode: 0o750,
    leftOvers: ['backup_label'],
    walLink: wal,
  });
});

test('what is not there has the code of its place', async () => {
  await expect(inspectDirectory('/nowhere')).rejects.toMatchObject({ code: 'PG-DATA-DIR' });
  await expect(inspectSpool('/nowhere', NOTHING)).rejects.toMatchObject({ code: 'WAL-SPOOL' });
  await expect(inspectRoom('/nowhere', 'STORE-MISSING')).rejects.toMatchObject({
    code: 'STORE-MISSING',
  });
});

test('room is told in bytes', async () => {
  const { freeBytes, totalBytes } = await inspectRoom(await temporaryFolder(), 'PG-DATA-DIR');
  expect(freeBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
});

test('a spool that is a link, empty, or has a damaged heartbeat is told as such', async () => {
  const folder = await temporaryFolder();
  const spool = join(folder, 'spool');
  await mkdir(spool);
  await writeFile(join(spool, 'heartbeat'), 'now\n');
  await symlink(spool, join(folder, 'link'));
  expect(await inspectSpool(spool, NOTHING)).toMatchObject({
    isDirectory: true,
    identity: undefined,
    isScriptCurrent: false,
    beatAt: undefined,
  });
  const link = await inspectSpool(join(folder, 'link'), { ...NOTHING, dataDirectory: folder });
  expect(link).toMatchObject({ isDirectory: false, isInDataDirectory: true });
});
