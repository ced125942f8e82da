import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCodeOf } from '../../system/file-error.ts';
import { KEY_BYTES } from './data-keys.ts';
import { keyRefused } from './envelope-refusals.ts';
import { readKeyFile } from './key-file.ts';

/** What became of a key file. */
export interface NewKey {
  /** Of the key that seals from now on. */
  readonly id: string;
  /** Ids of the keys that still open what they sealed, the newest first. */
  readonly kept: readonly string[];
}

const OWNER_ONLY = 0o600;

/**
 * Puts a new key before all others of the key file at `path`, or makes the file, durably: whole or not at
 * all, for the account that owns it alone.
 *
 * @param id - the new key's name, such as the time.
 * @throws {@link OpsError} `VAULT-KEY` when what is there is no key file, or has that key already.
 */
export async function addNewKey(path: string, id: string): Promise<NewKey> {
  await using standing = await openIfThere(path);
  const kept = standing && (await readKeyFile(path)).map((key) => key.id.split('/', 1)[0] ?? '');
  if (kept?.includes(id) === true) {
    throw keyRefused(`the key file ${path} has a key ${id}`, { path }, { hint: 'run it again' });
  }
  const incoming = `${path}.${randomUUID()}`;
  try {
    await writeKeys(incoming, id, standing);
    // A file that came to be meanwhile holds a key that somebody may have used by now.
    if (standing === undefined) await link(incoming, path);
    else await rename(incoming, path);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'EEXIST') throw cause;
    const hint = 'another process made it this moment: run it again';
    throw keyRefused(`the key file ${path} is there by now`, { path }, { cause, hint });
  } finally {
    await rm(incoming, { force: true });
  }
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
  return { id, kept: kept ?? [] };
}

async function writeKeys(path: string, id: string, old: FileHandle | undefined): Promise<void> {
  await using file = await open(path, 'wx', OWNER_ONLY);
  const key = randomBytes(KEY_BYTES);
  await file.write(`${id}:${key.toString('base64')}\n`);
  key.fill(0);
  if (old !== undefined) {
    const { uid, gid } = await old.stat();
    await file.chown(uid, gid);
    const before = await old.readFile();
    await file.write(before);
    before.fill(0);
  }
  await file.sync();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
