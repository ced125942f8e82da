import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { syncDirectory } from '../../../lib/core/adapters/system/sync-directory.ts';
import { temporaryFolder } from '../folders.ts';
import { kindOf } from './call-site.ts';
import { createFaultSwitch } from './fault-switch.ts';
import { installFileFaults } from './file-faults.ts';

test('one call of the engine fails, in its turn, and none of anybody else', async () => {
  const root = await temporaryFolder();
  const folder = join(root, 'folder');
  await mkdir(folder);
  const faults = createFaultSwitch();
  installFileFaults(faults, root);
  faults.arm({ call: 'file handle.sync folder sync-directory', turn: 2, effect: 'EIO' });
  await syncDirectory(folder);
  await expect(syncDirectory(folder)).rejects.toMatchObject({ code: 'EIO', syscall: 'sync' });
  await syncDirectory(folder);
  await writeFile(join(root, 'file'), 'of the test');
  const { calls, isMet } = faults.disarm();
  expect(isMet).toBe(true);
  expect([...calls]).toEqual([
    ['file open folder sync-directory', 3],
    ['file handle.sync folder sync-directory', 3],
    ['file handle.close folder sync-directory', 3],
  ]);
});

test('while nothing is armed nothing is counted, and what was open before is of no interest', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'folder'));
  const before = await open(join(root, 'folder'), 'r');
  const faults = createFaultSwitch();
  const watch = installFileFaults(faults, root);
  await before.close();
  await writeFile(join(root, 'file'), 'text');
  expect(await readFile(join(root, 'file'), 'utf8')).toBe('text');
  expect(watch.leftOpen()).toEqual([]);
  expect(faults.disarm().calls.size).toBe(0);
});

test('kinds do not differ from run to run', () => {
  const lineage = 'orders/7710927883956579410-15';
  expect(kindOf(`${lineage}/wal/00000001/00000000/000000010000000000000008.zst`)).toBe(
    'wal/<timeline>/<timeline>/<segment>.zst',
  );
  expect(kindOf(`still/store/${lineage}/identity.json`)).toBe('store/…');
  expect(kindOf('recovered/base/5/1234')).toBe('recovered/…');
  expect(kindOf('recovered/recovery.signal')).toBe('recovered/recovery.signal');
});
