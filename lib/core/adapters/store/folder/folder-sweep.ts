import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError } from './folder-errors.ts';
import { STAGE_FOLDER, STAGED_NAME } from './folder-stage.ts';

/** No put goes so long without writing a byte: deadlines end it hours before. */
const ABANDONED_MS = 24 * 60 * 60 * 1_000;

/**
 * Removes what killed writers left unfinished a day ago or earlier, or it would fill the disk in time.
 *
 * That is never the only copy of anything: an object has a name of its own outside the stage folder,
 * so what goes is at most its second one. Sidecars that wait for their object stay.
 *
 * What time it is says the file system itself, by the last change of the stage folder: a file server's
 * clock and this machine's may be days apart, and all that is being written would go.
 */
export async function sweepStage(root: string): Promise<void> {
  const folder = join(root, STAGE_FOLDER);
  const changedMs = (await stat(folder).catch(passOver))?.mtimeMs ?? -Infinity;
  const names = await readdir(folder).catch(passOver);
  for (const name of (names ?? []).filter((one) => STAGED_NAME.test(one))) {
    const path = join(folder, name);
    const file = await stat(path).catch(passOver);
    if (file === undefined || changedMs - file.mtimeMs < ABANDONED_MS) continue;
    await rm(path, { force: true }).catch(passOver);
  }
}

/** Whoever writes was faster; or it is another account's, which will do it. */
function passOver(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT', 'EACCES', 'EPERM')) throw error;
}
