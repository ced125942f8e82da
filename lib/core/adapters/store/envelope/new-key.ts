import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
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
 * all, for the account that owns it alone. Only one process at a time does: who began is told by
 * `<path>.new`, which becomes the key file.
 *
 * @param id - the new key's name, such as the time.
 * @throws {@link OpsError} `VAULT-KEY` when what is there is no key file, has that key already, or is being
 *   given a key by another process.
 */
export async function addNewKey(path: string, id: string): Promise<NewKey> {
  const incoming = `${path}.new`;
  await using file = await begin(path, incoming);
  try {
    // Opened by the only one who may replace it: what is read is what is replaced.
    await using standing = await openIfThere(path);
    const kept = standing && (await readKeyFile(path)).map((key) => key.id.split('/', 1)[0] ?? '');
    if (kept?.includes(id) === true) {
      throw keyRefused(`the key file ${path} has a key ${id}`, { path }, { hint: 'run it again' });
    }
    await writeKeys(file, id, standing);
    // A file that came to be meanwhile holds a key that somebody may have used by now.
    if (standing === undefined) await link(incoming, path);
    await (standing === undefined ? rm(incoming) : rename(incoming, path));
    await using folder = await open(dirname(path), 'r');
    await folder.sync();
    return { id, kept: kept ?? [] };
  } catch (cause) {
    await removeOwn(incoming, file);
    if (errorCodeOf(cause) !== 'EEXIST') throw cause;
    const hint = 'another process made it this moment: run it again';
    throw keyRefused(`the key file ${path} is there by now`, { path }, { cause, hint });
  }
}

async function begin(path: string, incoming: string): Promise<FileHandle> {
  try {
    return await open(incoming, 'wx', OWNER_ONLY);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'EEXIST') throw cause;
    throw keyRefused(
      `another process adds a key to ${path}`,
      { path },
      {
        cause,
        hint: `run it again once that is done; if none runs, one was broken off: remove ${incoming}`,
      },
    );
  }
}

/** Unless it is the key file by now, and another's is in its place. */
async function removeOwn(incoming: string, file: FileHandle): Promise<void> {
  const { ino } = await file.stat();
  const standing = await stat(incoming).catch(() => undefined);
  if (standing?.ino === ino) await rm(incoming, { force: true });
}

async function writeKeys(file: FileHandle, id: string, old: FileHandle | undefined): Promise<void> {
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
