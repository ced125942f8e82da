import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { keyRefused } from './envelope-refusals.ts';

/** One key of a key file. */
export interface FileKey {
  /** Its name in the file, and what tells it from another key of that name. */
  readonly id: string;
  readonly secret: KeyObject;
}

/** Any letter for group or others, and anything that could be run. */
const TOO_OPEN = 0o177;
const MAX_BYTES = 64 * 1024;
const LINE = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)$/;

/**
 * Reads the keys of the file at `path`, the newest first: lines of `id:base64` of 32 random bytes;
 * empty lines and those that begin with `#` are passed over.
 *
 * @throws {@link OpsError} `VAULT-KEY` for a file that is not there, that others than its owner may read,
 *   that is neither this account's nor root's, or that holds anything else. Repeats nothing of it.
 */
export async function readKeyFile(path: string): Promise<readonly FileKey[]> {
  const text = await readGuarded(path);
  try {
    return parseKeys(text.toString('latin1'), path);
  } finally {
    text.fill(0);
  }
}

function parseKeys(text: string, path: string): readonly FileKey[] {
  const keys: FileKey[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, base64] = LINE.exec(line) ?? [];
    if (name === undefined || base64 === undefined) {
      throw refused(path, `has no key in line ${index + 1}`);
    }
    if (keys.some(({ id }) => id.startsWith(`${name}/`))) {
      throw refused(path, `names two keys ${name}`);
    }
    const bytes = Buffer.from(base64, 'base64');
    keys.push({ id: `${name}/${fingerprint(bytes)}`, secret: createSecretKey(bytes) });
    bytes.fill(0);
  }
  if (keys.length === 0) throw refused(path, 'holds no key');
  return keys;
}

/** Tells keys apart, and nothing else: of 32 random bytes nobody finds them by their hash. */
function fingerprint(bytes: Uint8Array): string {
  return createHash('sha256')
    .update('holdfast envelope key')
    .update(bytes)
    .digest('hex')
    .slice(0, 16);
}

async function readGuarded(path: string): Promise<Buffer> {
  await using file = await openFile(path);
  const { mode, uid, size } = await file.stat();
  if ((mode & TOO_OPEN) !== 0) {
    throw refused(path, `may be used by others: its mode is ${(mode & 0o777).toString(8)}`);
  }
  if (uid !== 0 && uid !== process.geteuid?.()) {
    throw refused(path, `belongs to the account ${uid}, which is neither this one nor root`);
  }
  if (size > MAX_BYTES) throw refused(path, `has ${size} bytes: it is no key file`);
  return await file.readFile();
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw refused(path, 'cannot be read', cause);
  }
}

function refused(path: string, what: string, cause?: unknown): Error {
  const hint =
    'keep it as the account that reads it, with mode 0600: lines of <id>:<base64 of 32 bytes>, as "holdfast envelope-key --new" writes them';
  return keyRefused(`the key file ${path} ${what}`, { path }, { cause, hint });
}
