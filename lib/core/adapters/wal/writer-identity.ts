import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { OpsError } from '../../errors/ops-error.ts';
import type { WriterIdentity } from '../../store/writer-epoch.ts';

/**
 * What tells the server on this machine and data directory from its clones.
 *
 * The machine is named by its machine id (made at first boot, so a clone of the machine must make
 * its own), else by its host name; the volume by its device number.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/machine-id.html
 * @throws {@link OpsError} `PG-DATA-DIR` when the directory cannot be read.
 */
export async function readWriterIdentity(dataDirectory: string): Promise<WriterIdentity> {
  try {
    const { dev, ino } = await stat(dataDirectory, { bigint: true });
    return { instance: await machineId(), volume: `dev:${dev}`, dataDirInode: String(ino) };
  } catch (cause) {
    throw new OpsError('PG-DATA-DIR', `${dataDirectory} cannot be read`, {
      cause,
      hint: 'is --data-dir the data directory of the server on this machine?',
    });
  }
}

async function machineId(): Promise<string> {
  const id = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  return id.trim() === '' ? `host:${hostname()}` : `machine:${id.trim()}`;
}
