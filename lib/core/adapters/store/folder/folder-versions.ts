import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SIDECAR_SUFFIXES } from '../object-key.ts';
import { isSystemError } from './folder-errors.ts';
import { linkIfAbsent, makeFolder, type StagedFile } from './folder-stage.ts';
import type { FolderSync } from './folder-sync.ts';

/**
 * A replaceable object is a folder of numbered files, the highest being the object. The successor
 * of version n is linked as n + 1, which only one process can do: no lock, so none to be left
 * behind by a process that is killed.
 */
export interface Version {
  readonly number: number;
  readonly path: string;
}

/** A writer would have to sleep through so many replacements to be mistaken about its own. */
const KEPT_VERSIONS = 64;
const NUMBER_DIGITS = 12;

/** The current version of the object at `path`; `undefined` when it was never replaced. */
export async function newestVersion(path: string): Promise<Version | undefined> {
  const numbers = await versionNumbers(path);
  const number = numbers.at(-1);
  return number === undefined ? undefined : { number, path: versionPath(path, number) };
}

/** Tells versions apart, also those with the same bytes. */
export function versionEtag(version: Version): string {
  return `v${version.number}`;
}

/**
 * Makes `staged` the version after `current`, durably.
 *
 * @returns the new version; `undefined` when `current` is not the newest any more.
 */
export async function linkVersion(
  root: string,
  folders: FolderSync,
  path: string,
  current: Version | undefined,
  staged: StagedFile,
): Promise<Version | undefined> {
  const folder = `${path}${SIDECAR_SUFFIXES.versions}`;
  await makeFolder(root, folder);
  const number = (current?.number ?? 0) + 1;
  const target = versionPath(path, number);
  if (!(await linkIfAbsent(root, staged.path, target))) return undefined;
  // Old versions go lowest first. If the predecessor is gone, so was a version of this number.
  if (current !== undefined && !(await exists(current.path))) {
    await rm(target);
    return undefined;
  }
  await folders.sync(folder);
  await forgetOldVersions(path, number);
  return { number, path: target };
}

/** The first version stays for ever, so that nobody can create the object a second time. */
async function forgetOldVersions(path: string, newest: number): Promise<void> {
  for (const number of await versionNumbers(path)) {
    if (number > 1 && number <= newest - KEPT_VERSIONS) {
      await rm(versionPath(path, number), { force: true });
    }
  }
}

async function versionNumbers(path: string): Promise<number[]> {
  try {
    const names = await readdir(`${path}${SIDECAR_SUFFIXES.versions}`);
    return names
      .filter((name) => /^\d{12}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

function versionPath(path: string, number: number): string {
  const name = String(number).padStart(NUMBER_DIGITS, '0');
  return join(`${path}${SIDECAR_SUFFIXES.versions}`, name);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}
