import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  dataDirectoryState,
  makeWhole,
  readMarker,
  writeMarker,
} from '../../../../lib/core/adapters/host/volume-files.ts';
import type { VolumeMarker } from '../../../../lib/core/host/volume/volume-marker.ts';
import { temporaryFolder } from '../../../support/folders.ts';

const MARKER: VolumeMarker = {
  format: 1,
  environment: 'prod',
  cluster: 'orders',
  begun: 'initdb',
};
let volume: string;

beforeEach(async () => {
  volume = await temporaryFolder();
});

describe("a volume's marker", () => {
  test('takes the place of the one before, whole', async () => {
    await writeMarker(volume, MARKER);
    await writeFile(join(volume, 'marker.json.new'), '{"format":1,"env');
    await writeMarker(volume, { ...MARKER, lineage: '73-18' });
    expect(await readMarker(volume)).toEqual({ ...MARKER, lineage: '73-18' });
    expect(await readdir(volume)).toEqual(['marker.json']);
  });

  test('fails where there is none', async () => {
    await expect(readMarker(volume)).rejects.toMatchObject({ code: 'HOST-VOLUME' });
  });
});

describe('dataDirectoryState', () => {
  test('is absent for no directory and for an empty one', async () => {
    const path = join(volume, 'pgdata');
    expect(await dataDirectoryState(path)).toEqual({ kind: 'absent' });
    await mkdir(path);
    expect(await dataDirectoryState(path)).toEqual({ kind: 'absent' });
  });

  test('is other for what PostgreSQL has not made', async () => {
    await writeFile(join(volume, 'holiday.jpg'), '');
    expect(await dataDirectoryState(volume)).toEqual({ kind: 'other' });
  });
});

describe('makeWhole', () => {
  test('leaves nothing at the place of what was broken off, and begins anew', async () => {
    const path = join(volume, 'pgdata');
    const half = makeWhole(path, async (place) => {
      await mkdir(place);
      await writeFile(join(place, 'half'), '');
      throw new Error('the power failed');
    });
    await expect(half).rejects.toThrow('the power failed');
    expect(await readdir(volume)).toEqual(['pgdata.new']);
    await makeWhole(path, async (place) => {
      await mkdir(place);
      await writeFile(join(place, 'whole'), 'yes');
    });
    expect(await readdir(path)).toEqual(['whole']);
    expect(await readFile(join(path, 'whole'), 'utf8')).toBe('yes');
  });
});
