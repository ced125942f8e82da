import { chown, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOf } from '../../lib/core/adapters/system/file-owner.ts';

/** A file in `pg_wal` of `dataDirectory`, by its name. */
export function walPath(dataDirectory: string, name: string): string {
  return join(dataDirectory, 'pg_wal', name);
}

/** Puts a file into `pg_wal` and marks it, as PostgreSQL would. */
export async function offerFile(
  dataDirectory: string,
  name: string,
  bytes: Uint8Array | string,
  mark: 'ready' | 'done' = 'ready',
): Promise<void> {
  const { uid, gid } = await ownerOf(dataDirectory);
  const marker = walPath(dataDirectory, join('archive_status', `${name}.${mark}`));
  for (const [path, content] of [
    [walPath(dataDirectory, name), bytes],
    [marker, ''],
  ] as const) {
    await writeFile(path, content, { mode: 0o600 });
    await chown(path, uid, gid);
  }
}

/** Takes back what {@link offerFile} put there, whatever became of its mark. */
export async function withdrawFile(dataDirectory: string, name: string): Promise<void> {
  const status = walPath(dataDirectory, 'archive_status');
  for (const mark of ['ready', 'done']) await rm(join(status, `${name}.${mark}`), { force: true });
  await rm(walPath(dataDirectory, name), { force: true });
}

/** Bytes of a file in `pg_wal`. */
export async function readWal(dataDirectory: string, name: string): Promise<Buffer> {
  return readFile(walPath(dataDirectory, name));
}
