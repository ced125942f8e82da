import { lstat, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OpsError } from '../../../errors/ops-error.ts';
import type { Move, Scene, Sight } from '../../../restore/in-place/plan-moves.ts';
import { errorCodeOf } from '../../system/file-error.ts';
import { syncDirectory } from '../../system/sync-directory.ts';

/** What is at each of `paths`; links are not followed. */
export async function look(paths: readonly string[]): Promise<Scene> {
  const sights = new Map<string, Sight>();
  for (const path of paths) sights.set(path, await sightOf(path));
  return (path) => sights.get(path) ?? 'absent';
}

/**
 * Makes one move, durably.
 *
 * @throws {@link OpsError} `RESTORE-IN-PLACE` when the system does not let it happen.
 */
export async function makeMove(move: Move): Promise<void> {
  try {
    if (move.kind === 'rename') await renameDurably(move.from, move.to);
    else await relink(move.link, move.text);
  } catch (cause) {
    const { from, to } =
      move.kind === 'rename' ? move : { from: `the link ${move.link}`, to: move.text };
    throw new OpsError('RESTORE-IN-PLACE', `${from} could not be led to ${to}`, {
      cause,
      hint: 'see the cause, mend it, and run the same command again: it goes on from here; or run "holdfast rollback"',
      details: { from, to },
    });
  }
}

async function renameDurably(from: string, to: string): Promise<void> {
  // An empty directory would be replaced without a word.
  if ((await sightOf(to)) !== 'absent') throw new Error(`${to} is there already`);
  await rename(from, to);
  await syncDirectory(dirname(from));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(to));
}

/** PostgreSQL's account owns the folder: what it holds there is replaced, never followed. */
async function relink(link: string, text: string): Promise<void> {
  const folder = dirname(link);
  if (!(await lstat(folder)).isDirectory()) throw new Error(`${folder} is not a directory itself`);
  const temporary = `${link}.holdfast-new`;
  await rm(temporary, { force: true });
  await symlink(text, temporary);
  await rename(temporary, link);
  await syncDirectory(folder);
}

async function sightOf(path: string): Promise<Sight> {
  try {
    return (await lstat(path)).isSymbolicLink() ? { linkText: await readlink(path) } : 'present';
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
}
