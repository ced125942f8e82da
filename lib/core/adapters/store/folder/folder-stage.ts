import { randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { unsafeStore } from '../store-refusals.ts';
import { isSystemError, missingStore, notAFile } from './folder-errors.ts';
import type { FolderSync } from './folder-sync.ts';

/** Unfinished files; no key can name it, since no segment starts with a dot. */
export const STAGE_FOLDER = '.tmp';
/** Names of files that are being written, as {@link randomUUID} gives them. */
export const STAGED_NAME = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** A finished, fsynced file that no key names yet. Whoever has it holds its inode. */
export interface StagedFile {
  readonly path: string;
  readonly inode: bigint;
  readonly bytes: number;
}

/** Where the sidecar of the object with this inode waits until it stands beside the object. */
export function pendingSidecar(root: string, inode: bigint): string {
  return join(root, STAGE_FOLDER, `${inode}.meta`);
}

/**
 * Writes a file under a name of its own and makes its bytes durable. What is published without a sidecar
 * must not find one: see {@link forgetSidecar}.
 *
 * @throws {@link OpsError} `STORE-MISSING` when `root` does not exist.
 */
export async function stage(
  root: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<StagedFile> {
  const folder = join(root, STAGE_FOLDER);
  const path = join(folder, randomUUID());
  const file = await inFolder(root, folder, async () => open(path, 'wx', FILE_MODE));
  try {
    let bytes = 0;
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      await writeAll(file, chunk);
      bytes += chunk.byteLength;
    }
    await file.sync();
    const { ino: inode } = await file.stat({ bigint: true });
    return { path, inode, bytes };
  } catch (error) {
    await remove(path);
    throw error;
  } finally {
    await file.close();
  }
}

/** Writes the sidecar of a staged file, durably and found by that file's inode. */
export async function stageSidecar(
  root: string,
  folders: FolderSync,
  of: StagedFile,
  body: Uint8Array,
): Promise<void> {
  const sidecar = await stage(root, [body], undefined);
  await rename(sidecar.path, pendingSidecar(root, of.inode));
  await folders.sync(join(root, STAGE_FOLDER));
}

/** Removes the sidecar that a crash may have left for an earlier file with the inode of `staged`. */
export async function forgetSidecar(root: string, staged: StagedFile): Promise<void> {
  await remove(pendingSidecar(root, staged.inode));
}

/** Removes a staged file that no key has come to name, and its sidecar. */
export async function discard(root: string, staged: StagedFile): Promise<void> {
  // In this order: as long as the file is there, nobody else can own a sidecar of its inode.
  await remove(pendingSidecar(root, staged.inode));
  await remove(staged.path);
}

/** Removes a file if it is there. */
export async function remove(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/** Does what needs `folder`, which is made only if it is missing: hardly ever. */
export async function inFolder<T>(root: string, folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
    await makeFolder(root, folder);
    return run();
  }
}

/**
 * Gives a staged file its name, if that name is free.
 *
 * @returns whether it was.
 * @throws {@link OpsError} `STORE-UNSAFE` on a file system that has no hard links; `STORE-KEY` when
 *   the name is a folder's.
 * @see https://man7.org/linux/man-pages/man2/link.2.html
 */
export async function linkIfAbsent(root: string, from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) {
      if ((await stat(to)).isFile()) return false;
      throw notAFile(to, error);
    }
    if (isSystemError(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) {
      throw unsafeStore(root, error);
    }
    throw error;
  }
}

/** Creates `folder` and those between it and `root`; never `root` itself. */
export async function makeFolder(root: string, folder: string): Promise<void> {
  for (const path of chain(root, folder)) {
    try {
      await mkdir(path, { mode: FOLDER_MODE });
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) throw missingStore(root, error);
      if (!isSystemError(error, 'EEXIST')) throw error;
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

/** `folder` and its parents below `root`, outermost first. */
function chain(root: string, folder: string): string[] {
  const names = relative(root, folder)
    .split(sep)
    .filter((name) => name !== '');
  return names.map((_, index) => join(root, ...names.slice(0, index + 1)));
}
