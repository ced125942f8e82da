import { OpsError } from '../../errors/ops-error.ts';
import { isDiskFull } from '../system/file-error.ts';

/** A recovery at `path` that does not fit. */
export function noRoom(
  path: string,
  what: string,
  { cause, ...bytes }: NoRoomDetails = {},
): OpsError {
  return new OpsError('RESTORE-SPACE', `${path} has no room for the recovery: ${what}`, {
    cause,
    hint: 'free space, or recover to a larger disk; the same command starts over',
    details: { path, ...bytes },
  });
}

/** Does `work` below `path`. @throws {@link OpsError} `RESTORE-SPACE` when the disk is full. */
export async function withinRoom<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause;
    throw noRoom(path, 'the disk is full', { cause });
  }
}

interface NoRoomDetails {
  readonly cause?: unknown;
  readonly neededBytes?: number;
  readonly missingBytes?: number;
}
