import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderSpool } from '../../../../lib/core/adapters/wal/folder-spool.ts';
import { folderSpoolMaker } from '../../../../lib/core/adapters/wal/folder-spool-maker.ts';
import { createFaultSwitch } from '../../../support/faults/fault-switch.ts';
import { installFileFaults } from '../../../support/faults/file-faults.ts';
import { temporaryFolder } from '../../../support/folders.ts';

test('a lock that cannot be given to its owner is not kept', async () => {
  const root = await temporaryFolder();
  const path = join(root, 'spool');
  const dataDirectory = await temporaryFolder();
  const archive = { cluster: 'orders', storeUrl: 'file:///store' };
  await folderSpoolMaker.make({ path, dataDirectory, systemIdentifier: '1', archive });
  const spool = new FolderSpool(path, dataDirectory);
  const faults = createFaultSwitch();
  const watch = installFileFaults(faults, root);
  faults.arm({ call: 'file lchown spool/agent.lock folder-spool', turn: 1, effect: 'EIO' });
  await expect(spool.lock('agent')).rejects.toMatchObject({ code: 'EIO' });
  expect(faults.disarm().isMet).toBe(true);
  expect(watch.leftOpen()).toEqual([]);
  await (await spool.lock('agent'))[Symbol.asyncDispose]();
});
