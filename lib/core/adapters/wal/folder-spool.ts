import { constants, type Stats } from 'node:fs';
import {
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
} from 'node:fs/promises';
import { join, sep } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { ArchivePlace, Spool } from '../../ports/spool.ts';
import { parseArchiveFile } from '../../wal/archive-file.ts';
import { errorCodeOf, isDiskFull } from '../system/file-error.ts';
import { acquireFileLock, type FileLock } from '../system/file-lock.ts';
import { archiveText, SpoolEntry } from './spool-entry.ts';

/** Bits that let anybody but the owner in. */
const OPEN_TO_OTHERS = 0o077;
const OWNER_ONLY = 0o700;

/** A spool directory on this machine, made by `holdfast init`. */
export class FolderSpool implements Spool {
  readonly path: string;
  readonly #dataDirectory: string;

  constructor(path: string, dataDirectory: string) {
    this.path = path;
    this.#dataDirectory = dataDirectory;
  }

  async verify(systemIdentifier: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const [spool, data] = await Promise.all([this.#lstat(), lstat(this.#dataDirectory)]);
    if (!spool.isDirectory()) throw this.#unsafe('is not a directory itself');
    if ((spool.mode & OPEN_TO_OTHERS) !== 0) throw this.#unsafe('is open to other accounts');
    if (spool.uid !== data.uid) throw this.#unsafe("is not owned by the data directory's account");
    const inside = `${await realpath(this.#dataDirectory)}${sep}`;
    if (`${await realpath(this.path)}${sep}`.startsWith(inside)) {
      throw this.#unsafe('lies inside the data directory');
    }
    const owner = (await this.#read(SpoolEntry.IDENTITY))?.trim();
    if (owner !== systemIdentifier) {
      if (owner === undefined) throw this.#unmade();
      throw this.#unsafe(`belongs to system ${owner}, this server is ${systemIdentifier}`);
    }
  }

  async verifyArchive(archive: ArchivePlace, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const made = (await this.#read(SpoolEntry.ARCHIVE))?.trim();
    const wanted = archiveText(archive);
    if (made !== wanted) throw this.#unsafe(`was made for ${made ?? '(none)'}, not for ${wanted}`);
  }

  async lock(role: 'agent' | 'one-shot', options: CallOptions = {}): Promise<AsyncDisposable> {
    options.signal?.throwIfAborted();
    const { uid, gid } = await this.#lstat();
    // Nothing is written into a directory that was named by mistake.
    if ((await this.#read(SpoolEntry.IDENTITY)) === undefined) throw this.#unmade();
    const path = join(this.path, `${role}.lock`);
    const lock = await this.#acquire(path);
    if (lock === undefined) {
      throw new OpsError('WAL-SPOOL', `another ${role} works on ${this.path}`, {
        hint: 'stop it first; if it is another server’s, give each server a spool of its own',
      });
    }
    try {
      // Made by root once, it must not keep PostgreSQL's own account out later.
      await lchown(path, uid, gid);
    } catch (error) {
      await lock.release();
      throw error;
    }
    return { [Symbol.asyncDispose]: async () => lock.release() };
  }

  async adopt(life: string, options: CallOptions = {}): Promise<'emptied' | 'same'> {
    options.signal?.throwIfAborted();
    const lives = await readdir(join(this.path, SpoolEntry.ACKNOWLEDGED));
    const others = lives.filter((name) => name !== life);
    for (const name of others) await rm(this.#folderOf(name), { recursive: true, force: true });
    return others.length === 0 ? 'same' : 'emptied';
  }

  async acknowledged(life: string, options: CallOptions = {}): Promise<ReadonlySet<string>> {
    options.signal?.throwIfAborted();
    try {
      const names = await readdir(this.#folderOf(life));
      const used = new Set(names.filter(isUsedMark).map(withoutUsedMark));
      for (const name of used) await this.withdraw(life, name);
      return new Set(names.filter((name) => !isUsedMark(name) && !used.has(name)));
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return new Set();
      throw error;
    }
  }

  async acknowledge(life: string, name: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    parseArchiveFile(name);
    try {
      await this.#makeFolder(life);
      // Collected a moment ago, and asked for once more.
      if (await this.#isUsed(life, name)) await this.withdraw(life, name);
      await (await this.#create(join(SpoolEntry.ACKNOWLEDGED, life, name))).close();
    } catch (error) {
      if (isDiskFull(error)) throw this.#full(error);
      if (errorCodeOf(error) !== 'EEXIST') throw error;
    }
  }

  async withdraw(life: string, name: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const path = join(this.#folderOf(life), name);
    // In this order: without its mark, one that was used would be good once more.
    for (const file of [path, usedMark(path)]) await rm(file, { force: true });
  }

  async beat(now: Date, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#write(SpoolEntry.HEARTBEAT, `${Math.floor(now.getTime() / 1_000)}\n`);
  }

  async hush(options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    for (const name of [SpoolEntry.HEARTBEAT, SpoolEntry.REQUESTED]) {
      await rm(join(this.path, name), { force: true });
    }
  }

  async #isUsed(life: string, name: string): Promise<boolean> {
    try {
      // Never opened: PostgreSQL's account may put anything there, and a root agent must not hang on it.
      await lstat(usedMark(join(this.#folderOf(life), name)));
      return true;
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  #folderOf(life: string): string {
    return join(this.path, SpoolEntry.ACKNOWLEDGED, life);
  }

  /** The archive script removes what it collects, so the folder is its account's. */
  async #makeFolder(life: string): Promise<void> {
    const folder = this.#folderOf(life);
    if ((await mkdir(folder, { recursive: true, mode: OWNER_ONLY })) === undefined) return;
    const { uid, gid } = await this.#lstat();
    await lchown(folder, uid, gid);
  }

  async #acquire(path: string): Promise<FileLock | undefined> {
    try {
      return await acquireFileLock(path);
    } catch (error) {
      if (isDiskFull(error)) throw this.#full(error);
      if (errorCodeOf(error) !== 'EACCES') throw error;
      throw this.#unsafe('may not be written to by this account', error);
    }
  }

  async #write(name: string, text: string): Promise<void> {
    const temporary = `${name}.${process.pid}.tmp`;
    await rm(join(this.path, temporary), { force: true });
    const file = await this.#create(temporary);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(join(this.path, temporary), join(this.path, name));
  }

  /** Never follows a link and never opens what is there: a root agent writes where others own. */
  async #create(name: string): ReturnType<typeof open> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return open(join(this.path, name), flags, 0o644);
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      return await readFile(join(this.path, name), 'utf8');
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #lstat(): Promise<Stats> {
    try {
      return await lstat(this.path);
    } catch (cause) {
      throw new OpsError('WAL-SPOOL', `there is no spool at ${this.path}`, {
        cause,
        hint: 'make it with "holdfast init"',
      });
    }
  }

  #unmade(): OpsError {
    return this.#unsafe('was not made by "holdfast init"');
  }

  #full(cause: unknown): OpsError {
    return new OpsError('WAL-SPOOL', `the file system of the spool ${this.path} is full`, {
      cause,
      hint: 'free space or inodes there: what is stored already is acknowledged then, nothing is lost',
    });
  }

  #unsafe(what: string, cause?: unknown): OpsError {
    return new OpsError('WAL-SPOOL', `the spool ${this.path} ${what}`, {
      cause,
      hint: 'it must be a directory of its own, mode 0700, owned by PostgreSQL\'s account, made by "holdfast init" for this server',
    });
  }
}

function usedMark(path: string): string {
  return `${path}${SpoolEntry.USED}`;
}

function isUsedMark(name: string): boolean {
  return name.endsWith(SpoolEntry.USED);
}

function withoutUsedMark(name: string): string {
  return name.slice(0, -SpoolEntry.USED.length);
}
