import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectMetadata, ObjectStat } from '../../../ports/object-store.ts';
import { SIDECAR_SUFFIXES } from '../object-key.ts';
import { isSystemError, missingStore } from './folder-errors.ts';
import { decodeSidecar, sidecarMetadata } from './folder-sidecar.ts';
import { pendingSidecar } from './folder-stage.ts';
import { newestVersion, type Version, versionEtag } from './folder-versions.ts';

/** An object as the file system knows it. */
export interface FoundObject extends Omit<ObjectStat, 'metadata'> {
  /** The file with its bytes. */
  readonly path: string;
  readonly inode: bigint;
  /** Set when the object has been replaced. */
  readonly version: Version | undefined;
}

/**
 * The file of `key`; `undefined` when it is proven absent.
 *
 * @throws {@link OpsError} `STORE-MISSING` when the store's own folder is not there.
 */
export async function findObject(root: string, key: string): Promise<FoundObject | undefined> {
  return findFile(root, key, await newestVersion(join(root, key)));
}

/** As {@link findObject}, for a key known to have no versions. */
export async function findFile(
  root: string,
  key: string,
  version?: Version,
): Promise<FoundObject | undefined> {
  const found = await fileAt(root, key, version?.path ?? join(root, key));
  if (found === undefined || version === undefined) return found;
  return { ...found, etag: versionEtag(version), version };
}

/** The file `path` as the object `key`; `undefined` when it is proven absent. */
export async function fileAt(
  root: string,
  key: string,
  path: string,
): Promise<FoundObject | undefined> {
  try {
    const file = await stat(path, { bigint: true });
    if (!file.isFile()) return undefined;
    const etag = `${file.mtimeNs}-${file.size}`;
    const { ino: inode, mtime: modifiedAt } = file;
    const version = undefined;
    return { key, bytes: Number(file.size), etag, modifiedAt, path, inode, version };
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error;
    await checkRoot(root);
    return undefined;
  }
}

/**
 * What was recorded beside `object`; `undefined` when nothing was.
 *
 * The waiting sidecar comes first: it bears this very inode, while one beside the object may be
 * left over from an object that somebody removed.
 *
 * @throws {@link OpsError} `STORE-CORRUPT` when the sidecar is damaged or of another object.
 */
export async function readMetadata(
  root: string,
  object: FoundObject,
): Promise<ObjectMetadata | undefined> {
  const pendingPath = pendingSidecar(root, object.inode);
  const pending = await readIfPresent(pendingPath);
  if (pending !== undefined) {
    const sidecar = decodeSidecar(pending, pendingPath);
    // A copy of the whole folder has other inodes: what waits there may be of another object.
    if (sidecar.key === object.key) return sidecarMetadata(sidecar, object.bytes, pendingPath);
  }
  const path = `${object.path}${SIDECAR_SUFFIXES.meta}`;
  const body = await readIfPresent(path);
  return body && sidecarMetadata(decodeSidecar(body, path), object.bytes, path);
}

/** Puts the sidecar that waits for `object` beside it, whoever staged it. */
export async function placeSidecar(root: string, object: FoundObject): Promise<void> {
  const pendingPath = pendingSidecar(root, object.inode);
  const pending = await readIfPresent(pendingPath);
  if (pending === undefined || decodeSidecar(pending, pendingPath).key !== object.key) return;
  await placeStagedSidecar(root, object);
}

/** As {@link placeSidecar}, for an object whose sidecar this process has staged. */
export async function placeStagedSidecar(
  root: string,
  { path, inode }: Pick<FoundObject, 'path' | 'inode'>,
): Promise<void> {
  try {
    await rename(pendingSidecar(root, inode), `${path}${SIDECAR_SUFFIXES.meta}`);
  } catch (error) {
    // Another process was faster, with the same file.
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/** The bytes of a small file; `undefined` when there is none. */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** @throws {@link OpsError} `STORE-MISSING` when `root` is not a folder. */
export async function checkRoot(root: string): Promise<void> {
  try {
    if ((await stat(root)).isDirectory()) return;
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw missingStore(root, error);
  }
  throw missingStore(root);
}
