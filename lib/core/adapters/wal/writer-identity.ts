import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { execa } from 'execa';
import { OpsError } from '../../errors/ops-error.ts';
import type { WriterIdentity } from '../../store/writer-epoch.ts';

const FINDMNT_MS = 5_000;

/**
 * What tells the server on this machine and data directory from its clones.
 *
 * The machine is named by its machine id (made at first boot, so a clone of the machine must make
 * its own), else by its host name; the volume by the UUID of its file system, else by its device
 * number, which may change when the machine is started anew.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 * @throws {@link OpsError} `PG-DATA-DIR` when the directory cannot be read.
 */
export async function readWriterIdentity(dataDirectory: string): Promise<WriterIdentity> {
  try {
    const { dev, ino } = await stat(dataDirectory, { bigint: true });
    const uuid = await fileSystemUuid(dataDirectory);
    const volume = uuid === '' ? `dev:${dev}` : `uuid:${uuid}`;
    return { instance: await machineId(), volume, dataDirInode: String(ino) };
  } catch (cause) {
    throw new OpsError('PG-DATA-DIR', `${dataDirectory} cannot be read`, {
      cause,
      hint: 'is --data-dir the data directory of the server on this machine?',
    });
  }
}

/** Empty where nobody knows it: not Linux, an overlay, a network file system. */
async function fileSystemUuid(path: string): Promise<string> {
  const args = ['--noheadings', '--output=UUID', '--target', path];
  const { stdout, exitCode } = await execa('findmnt', args, { timeout: FINDMNT_MS, reject: false });
  return exitCode === 0 ? stdout.trim() : '';
}

async function machineId(): Promise<string> {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  return id.trim() === '' ? `host:${hostname()}` : `machine:${id.trim()}`;
}
