import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';
import type { DataDirectoryState } from '../../host/volume/plan-start.ts';
import {
  MARKER,
  markerText,
  parseMarker,
  type VolumeMarker,
} from '../../host/volume/volume-marker.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { readControlFile } from '../postgres/control-data.ts';
import { readMark } from '../restore/unfinished-mark.ts';
import { errorCodeOf } from '../system/file-error.ts';
import { syncDirectory } from '../system/sync-directory.ts';

const FILE_MODE = 0o644;

/**
 * The marker of the volume that is mounted at `volume`.
 *
 * @throws {@link OpsError} `HOST-VOLUME` when it has none, or one that cannot be understood.
 */
export async function readMarker(volume: string): Promise<VolumeMarker> {
  try {
    return parseMarker(await readFile(join(volume, MARKER), 'utf8'));
  } catch (cause) {
    if (errorCodeOf(cause) !== 'ENOENT') throw cause;
    throw new OpsError('HOST-VOLUME', `${volume} has no ${MARKER}`, {
      cause,
      hint: 'is the volume mounted? the host’s boot writes one before anything else',
    });
  }
}

/** Puts a marker in the place of the one before, whole and durably. */
export async function writeMarker(volume: string, marker: VolumeMarker): Promise<void> {
  const incoming = join(volume, `${MARKER}.new`);
  await rm(incoming, { force: true });
  const file = await open(incoming, 'wx', FILE_MODE);
  try {
    await file.writeFile(`${markerText(marker)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(incoming, join(volume, MARKER));
  await syncDirectory(volume);
}

/**
 * What is at `dataDirectory`.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` for a cluster whose control file cannot be read.
 */
export async function dataDirectoryState(
  dataDirectory: string,
  options: CallOptions = {},
): Promise<DataDirectoryState> {
  let names: readonly string[];
  try {
    names = await readdir(dataDirectory);
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
  if (names.length === 0) return { kind: 'absent' };
  if ((await readMark(dataDirectory)) !== undefined) return { kind: 'unfinished' };
  if (!names.includes('PG_VERSION')) return { kind: 'other' };
  const { systemIdentifier, major } = await readControlFile(dataDirectory, options);
  return { kind: 'cluster', systemIdentifier, major };
}

/**
 * Makes a data directory by `make`, which is given a place beside it: whatever ends it early, there is a
 * whole one or none.
 */
export async function makeWhole(
  dataDirectory: string,
  make: (place: string) => Promise<void>,
): Promise<void> {
  const place = `${dataDirectory}.new`;
  // Of a try that was broken off.
  await rm(place, { recursive: true, force: true });
  await mkdir(dirname(place), { recursive: true });
  await make(place);
  await rename(place, dataDirectory);
  await syncDirectory(dirname(dataDirectory));
}
