import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { execa } from 'execa';
import { Env } from '../../contract/environment.ts';
import { OpsError } from '../../errors/ops-error.ts';
import { errorCodeOf } from '../system/file-error.ts';
import type { WriterIdentity } from '../../store/writer-epoch.ts';

const FINDMNT_MS = 5_000;
/** @see https://man7.org/linux/man-pages/man8/findmnt.8.html "EXIT STATUS" */
const NO_MOUNT = 1;
/** Of several mounts on one place, as an automount leaves them, the last is the one that is seen. */
const LAST_UUID = /^(?:UUID="[\w-]*"\n)*UUID="([\w-]*)"$/;

/**
 * What tells the server on this machine and data directory from its clones.
 *
 * The machine is named by its machine id (made at first boot, so a clone of the machine must make
 * its own), else by its host name; the volume by what HOLDFAST_VOLUME_ID says, else by the UUID of its
 * file system, else by its device number, which may change when the machine is started anew.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 * @throws {@link OpsError} `PG-DATA-DIR` when the directory cannot be read; `HOST-IO` when it cannot be
 *   told now which volume that is: taken for another, this server would be fenced off its own archive.
 */
export async function readWriterIdentity(dataDirectory: string): Promise<WriterIdentity> {
  const { dev, ino } = await stat(dataDirectory, { bigint: true }).catch((cause: unknown) => {
    throw new OpsError('PG-DATA-DIR', `${dataDirectory} cannot be read`, {
      cause,
      hint: 'is --data-dir the data directory of the server on this machine?',
    });
  });
  const uuid = process.env[Env.VOLUME_ID] ?? (await fileSystemUuid(dataDirectory));
  const volume = uuid === '' ? `dev:${dev}` : `uuid:${uuid}`;
  return { instance: await machineId(), volume, dataDirInode: String(ino) };
}

/** Empty where nobody knows it: not Linux, an overlay, a network file system. */
async function fileSystemUuid(path: string): Promise<string> {
  const args = ['--pairs', '--output=UUID', '--target', path];
  const ending = await execa('findmnt', args, { timeout: FINDMNT_MS, reject: false });
  const { stdout, exitCode, shortMessage } = ending;
  if ('code' in ending && ending.code === 'ENOENT') return '';
  const [, uuid] = LAST_UUID.exec(stdout.trim()) ?? [];
  if (exitCode === 0 && uuid !== undefined) return uuid;
  // It knows no mount there, as in a changed root.
  if (exitCode === NO_MOUNT && stdout.trim() === '') return '';
  throw new OpsError(
    'HOST-IO',
    `the volume of ${path} cannot be told: ${shortMessage ?? 'findmnt printed something else'}`,
    { hint: 'run "findmnt --target" on it yourself, then try again', details: { path } },
  );
}

async function machineId(): Promise<string> {
  const id = await readFile('/etc/machine-id', 'utf8').catch((error: unknown) => {
    if (errorCodeOf(error) === 'ENOENT') return '';
    throw error;
  });
  return id.trim() === '' ? `host:${hostname()}` : `machine:${id.trim()}`;
}
