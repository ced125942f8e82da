import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OwnedTree } from '../../../../lib/core/adapters/restore/owned-tree.ts';
import { createFaultSwitch, type Fault } from '../../../support/faults/fault-switch.ts';
import { installFileFaults } from '../../../support/faults/file-faults.ts';
import { temporaryFolder } from '../../../support/folders.ts';

/** Whoever runs the tests. */
const OWNER = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

describe('OwnedTree', () => {
  const faults: readonly Fault[] = [
    { call: 'file handle.chown base owned-tree', turn: 1, effect: 'EIO' },
    { call: 'file handle.write base owned-tree', turn: 1, effect: 'ENOSPC' },
    { call: 'file handle.chmod base owned-tree', turn: 1, effect: 'EIO' },
    { call: 'file handle.close base owned-tree', turn: 1, effect: 'EIO' },
  ];
  test.each(faults)('leaves no file open when it fails at $call', async (fault) => {
    const root = await temporaryFolder();
    const faultSwitch = createFaultSwitch();
    const watch = installFileFaults(faultSwitch, root);
    faultSwitch.arm(fault);
    await expect(writeOne(root)).rejects.toMatchObject({
      code: fault.effect === 'ENOSPC' ? 'RESTORE-SPACE' : fault.effect,
    });
    expect(faultSwitch.disarm().isMet).toBe(true);
    expect(watch.leftOpen()).toEqual([]);
  });

  test('does not write over what is there', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'base'), 'here first');
    await expect(writeOne(root)).rejects.toMatchObject({ code: 'BACKUP-TAR' });
  });
});

/** As an extraction does, which closes its file once more on its way out. */
async function writeOne(root: string): Promise<void> {
  const file = await new OwnedTree(root, OWNER).createFile('base', 0o600);
  try {
    await file.write(Buffer.from('bytes'));
    await file.close();
  } finally {
    await file.close();
  }
}
