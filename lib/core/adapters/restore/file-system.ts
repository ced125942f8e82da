import { stat, statfs } from 'node:fs/promises';
import { execa } from 'execa';
import { OpsError } from '../../errors/ops-error.ts';
import type { RoomNeed } from '../../ports/tablespace-site.ts';
import { noRoom } from './room.ts';

const SYNC_TIMEOUT_MS = 600_000;

/**
 * Proves that there is room for all needs together, file system by file system.
 *
 * @throws {@link OpsError} `RESTORE-SPACE`, with what is missing.
 */
export async function assertRoomFor(needs: readonly RoomNeed[]): Promise<void> {
  const byDevice = new Map<number, RoomNeed>();
  for (const { path, bytes } of needs) {
    const { dev } = await stat(path);
    const known = byDevice.get(dev);
    byDevice.set(dev, { path: known?.path ?? path, bytes: (known?.bytes ?? 0) + bytes });
  }
  for (const { path, bytes } of byDevice.values()) {
    const { bavail, bsize } = await statfs(path);
    const free = bavail * bsize;
    const missingBytes = bytes - free;
    if (missingBytes <= 0) continue;
    const what = `${missingBytes} of ${bytes} bytes are missing`;
    throw noRoom(path, what, { neededBytes: bytes, missingBytes });
  }
}

/** Makes everything written below `path` durable. Fails as a recovery that cannot go on does. */
export async function syncFileSystem(path: string): Promise<void> {
  // One flush of the file system, instead of one for each of a hundred thousand files.
  const args = process.platform === 'linux' ? ['--file-system', path] : [];
  const { failed, shortMessage } = await execa('sync', args, {
    timeout: SYNC_TIMEOUT_MS,
    reject: false,
  });
  if (!failed) return;
  throw new OpsError('RESTORE-ABORTED', `${path} could not be made durable: ${shortMessage}`, {
    hint: 'look for disk errors in the system log, and recover to another disk',
  });
}
