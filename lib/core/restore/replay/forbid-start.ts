import { OpsError, toOpsError } from '../../errors/ops-error.ts';
import type { DataDirectory } from '../../ports/data-directory.ts';
import { ServerFile } from './server-files.ts';

/**
 * Keeps a server from starting on a directory in which a replay has failed: promotion has removed the
 * signal that does, and what was reached is not what was asked for.
 *
 * @param failure - why the replay failed.
 * @returns what to throw: `failure`; where the directory may be startable all the same, for instance
 *   because its disk is full, the same with a hint that says so.
 */
export async function forbidStart(
  directory: Pick<DataDirectory, 'path' | 'replaceFile'>,
  failure: unknown,
): Promise<unknown> {
  try {
    await directory.replaceFile(ServerFile.RECOVERY_SIGNAL, '');
    return failure;
  } catch {
    const { code, message, hint, details } = toOpsError(failure);
    return new OpsError(code, message, {
      cause: failure,
      hint: `${hint}; start no server on ${directory.path}: it may start, and is not what was asked for`,
      details,
    });
  }
}
