import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { toOpsError } from '../../../lib/core/errors/ops-error.ts';
import { type SampleStore, verifySample } from './sample-store.ts';

/** A file of a store in a folder, and the object it belongs to. */
export interface StoreFile {
  readonly path: string;
  readonly key: string;
  /** Whether it carries the object's hashes rather than its bytes. */
  readonly isSidecar: boolean;
}

/** Every file that holds an object as it is now; replaced versions of a lease are nobody's. */
export async function storeFiles(folder: string): Promise<readonly StoreFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const current = paths.filter((path) => !path.includes('/.tmp/')).toSorted();
  return current.flatMap((path, index) => {
    const name = relative(folder, path);
    const version = /^(.+)\.versions\/\d+$/.exec(name)?.[1];
    if (version === undefined) {
      return [{ path, key: name.replace(/\.meta$/, ''), isSidecar: name.endsWith('.meta') }];
    }
    const isNewest = current[index + 1]?.startsWith(join(folder, `${version}.versions/`)) !== true;
    return isNewest ? [{ path, key: version, isSidecar: false }] : [];
  });
}

/** Runs `check` while the files hold other bytes, or are gone; then all is as before. */
export async function whileDamaged(
  damage: ReadonlyMap<string, Uint8Array | undefined>,
  check: () => Promise<void>,
): Promise<void> {
  const saved = new Map<string, Buffer | undefined>();
  for (const path of damage.keys()) saved.set(path, await readFile(path).catch(() => undefined));
  try {
    for (const [path, bytes] of damage) await put(path, bytes);
    await check();
  } finally {
    for (const [path, bytes] of saved) await put(path, bytes);
  }
}

/** Everything a deep verification says is wrong, as one text; empty for a store in order. */
export async function complaints(sample: SampleStore): Promise<string> {
  try {
    const { findings } = await verifySample(sample);
    return findings.map(({ code, object, detail }) => `${code} ${object} ${detail}`).join('\n');
  } catch (error) {
    const { code, message } = toOpsError(error);
    // Without a lineage that can be opened there is nothing to verify: that is said at once.
    return `${code} ${message}`;
  }
}

async function put(path: string, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes === undefined) await rm(path, { force: true });
  else await writeFile(path, bytes);
}
