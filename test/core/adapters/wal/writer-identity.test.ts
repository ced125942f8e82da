import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readWriterIdentity } from '../../../../lib/core/adapters/wal/writer-identity.ts';
import { createFaultSwitch, type Effect } from '../../../support/faults/fault-switch.ts';
import { pathWith } from '../../../support/faults/faulty-tools.ts';
import { installProgramFaults } from '../../../support/faults/program-faults.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const FINDMNT = 'program findmnt --pairs writer-identity';

afterEach(() => vi.unstubAllEnvs());

describe('readWriterIdentity', () => {
  test('is the same each time', async () => {
    const folder = await temporaryFolder();
    expect(await readWriterIdentity(folder)).toEqual(await readWriterIdentity(folder));
  });

  test.each<Effect>(['dies', 'fails', 'lies', 'idles', 'babbles'])(
    'takes the volume for no other one when the program that tells it %s',
    async (effect) => {
      const folder = await temporaryFolder();
      const faults = createFaultSwitch();
      installProgramFaults(faults);
      faults.arm({ call: FINDMNT, turn: 1, effect });
      await expect(readWriterIdentity(folder)).rejects.toMatchObject({ code: 'HOST-IO' });
      expect(faults.disarm().isMet).toBe(true);
    },
  );

  test('goes by the last of several mounts on one place', async () => {
    const folder = await temporaryFolder();
    const mounts = `echo 'UUID=""'; echo 'UUID="2f1c-AB"'`;
    vi.stubEnv('PATH', await pathWith(folder, 'findmnt', mounts));
    expect((await readWriterIdentity(folder)).volume).toBe('uuid:2f1c-AB');
  });

  test('goes by what it is told where it sees no more of the volume than a mount', async () => {
    vi.stubEnv('HOLDFAST_VOLUME_ID', 'vol-0a1b:2f1c-AB');
    const { volume } = await readWriterIdentity(await temporaryFolder());
    expect(volume).toBe('uuid:vol-0a1b:2f1c-AB');
  });

  test('goes by the number of the device where there is no such program', async () => {
    const folder = await temporaryFolder();
    const faults = createFaultSwitch();
    installProgramFaults(faults);
    faults.arm({ call: FINDMNT, turn: 1, effect: 'absent' });
    expect((await readWriterIdentity(folder)).volume).toMatch(/^dev:\d+$/);
    faults.disarm();
  });

  test('fails when there is no such directory', async () => {
    const nowhere = join(await temporaryFolder(), 'nowhere');
    await expect(readWriterIdentity(nowhere)).rejects.toMatchObject({ code: 'PG-DATA-DIR' });
  });
});
