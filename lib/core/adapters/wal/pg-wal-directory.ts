import { constants, type FSWatcher, watch } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { WalDirectory, WalMark, WalReadOptions } from '../../ports/wal-directory.ts';
import { parseArchiveFile } from '../../wal/archive-file.ts';
import { errorCodeOf } from '../system/file-error.ts';

/** Part of a path in the spool, so nothing but digits may pass. */
const LIFE = /^\d+-\d+$/;

/** `pg_wal` of a data directory on this machine. */
export class PgWalDirectory implements WalDirectory {
  readonly path: string;
  readonly #wal: string;
  readonly #status: string;

  constructor(dataDirectory: string) {
    this.path = dataDirectory;
    this.#wal = join(dataDirectory, 'pg_wal');
    this.#status = join(this.#wal, 'archive_status');
  }

  async ready(options: CallOptions = {}): Promise<readonly string[]> {
    return this.#marked('.ready', options);
  }

  async readySince(name: string, { signal }: CallOptions = {}): Promise<Date | undefined> {
    signal?.throwIfAborted();
    try {
      return (await stat(join(this.#status, `${name}.ready`))).mtime;
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async done(options: CallOptions = {}): Promise<readonly string[]> {
    const present = new Set(await this.#readdir(this.#wal, options));
    const done = (await this.#marked('.done', options)).filter((name) => present.has(name));
    const marked = new Set([...done, ...(await this.#marked('.ready', options))]);
    const unmarked = [...present].filter((name) => isHistory(name) && !marked.has(name));
    return [...done, ...unmarked];
  }

  async present(options: CallOptions = {}): Promise<readonly string[]> {
    return (await this.#readdir(this.#wal, options)).filter(isArchiveFile);
  }

  async read(
    name: string,
    mark: WalMark,
    options: WalReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    options.signal?.throwIfAborted();
    const path = join(this.#wal, name);
    // A history is written once and never recycled: it may be read without its mark.
    const isUnmarked = mark === 'any' || (mark === 'done' && isHistory(name));
    const marker = isUnmarked ? path : join(this.#status, `${name}.${mark}`);
    try {
      await stat(marker);
      // A link in the place of a WAL file is nobody's doing but an intruder's.
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        const before = await file.stat();
        const bytes = roomFor(before.size, options.into);
        const bytesRead = await readAll(file, bytes);
        const [after] = await Promise.all([stat(path), stat(marker)]);
        const isSame = after.ino === before.ino && after.size === before.size;
        // What was not read is left over in the buffer from another file.
        if (!isSame || bytesRead !== before.size) throw changed(name);
        return bytes;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async postmaster(options: CallOptions = {}): Promise<string | undefined> {
    options.signal?.throwIfAborted();
    try {
      const lines = (await readFile(join(this.path, 'postmaster.pid'), 'utf8')).split('\n');
      const [pid, , born] = lines.map((line) => line.trim());
      const life = `${pid ?? ''}-${born ?? ''}`;
      return LIFE.test(life) ? life : undefined;
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async changed(ms: number, signal: AbortSignal): Promise<void> {
    const seen = new AbortController();
    const either = AbortSignal.any([signal, seen.signal]);
    // Watching is a courtesy: where it fails, the pause below is all there is.
    const watcher = watchIfPossible(this.#status, either);
    watcher?.on('error', () => seen.abort());
    watcher?.on('change', () => seen.abort());
    await delay(ms, undefined, { signal: either }).catch(() => undefined);
    watcher?.close();
  }

  async #marked(suffix: string, options: CallOptions): Promise<readonly string[]> {
    const names = await this.#readdir(this.#status, options);
    return names
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length))
      .filter(isArchiveFile);
  }

  async #readdir(path: string, { signal }: CallOptions): Promise<readonly string[]> {
    signal?.throwIfAborted();
    try {
      return await readdir(path);
    } catch (cause) {
      throw new OpsError('PG-DATA-DIR', `${path} cannot be read`, {
        cause,
        hint: 'is --data-dir a PostgreSQL data directory that this account may read?',
      });
    }
  }
}

function isHistory(name: string): boolean {
  return name.endsWith('.history') && isArchiveFile(name);
}

/** PostgreSQL's archiver passes over marks of other names too. */
function isArchiveFile(name: string): boolean {
  try {
    parseArchiveFile(name);
    return true;
  } catch (error) {
    if (isOpsError(error, 'WAL-NAME')) return false;
    throw error;
  }
}

function watchIfPossible(path: string, signal: AbortSignal): FSWatcher | undefined {
  try {
    return watch(path, { signal });
  } catch {
    return undefined;
  }
}

function roomFor(size: number, into: Uint8Array | undefined): Uint8Array {
  const isRoom = into !== undefined && size <= into.byteLength;
  return isRoom ? into.subarray(0, size) : Buffer.allocUnsafeSlow(size);
}

/** Fills `bytes`, and gives how many of them there were. */
async function readAll(
  file: { read(buffer: Uint8Array, offset: number): Promise<{ bytesRead: number }> },
  bytes: Uint8Array,
): Promise<number> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const { bytesRead } = await file.read(bytes, offset);
    if (bytesRead === 0) break;
    offset += bytesRead;
  }
  return offset;
}

function changed(name: string): OpsError {
  return new OpsError('WAL-CHANGED', `${name} was replaced while it was read`, {
    hint: 'it is tried again by itself',
  });
}
