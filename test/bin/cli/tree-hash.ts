import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** One hash over every path, owner, mode and byte below `root`; `absent` when it is not there. */
export async function treeHash(root: string): Promise<string> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => null);
  if (entries === null) return 'absent';
  const hash = createHash('sha256');
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of [root, ...paths]) {
    const { mode, uid, gid } = await lstat(path);
    hash.update(`${relative(root, path)}\0${mode} ${uid} ${gid}\0`);
    if ((mode & 0o170000) === 0o100000) hash.update(await readFile(path));
  }
  return hash.digest('hex');
}
