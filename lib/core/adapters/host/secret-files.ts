import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from '../system/file-error.ts';

const OWNER_ONLY = 0o600;

/** Writes files into `directory`, each whole or not at all, for this account alone. */
export async function writeSecretFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const incoming = join(directory, `${name}.new`);
    await rm(incoming, { force: true });
    const file = await open(incoming, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(incoming, join(directory, name));
  }
}

/** The text of a file; `undefined` where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
