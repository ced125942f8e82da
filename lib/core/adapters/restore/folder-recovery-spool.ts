import { constants } from 'node:fs';
import {
  access,
  chmod,
  lchown,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { RecoveryCalls, RecoverySpool } from '../../ports/recovery-spool.ts';
import { RecoverySpoolEntry } from '../../restore/wal/restore-command.ts';
import type { FileOwner } from '../system/file-owner.ts';
import { withinRoom } from './room.ts';

const SCRIPT = new URL('../scripts/restore-command.sh', import.meta.url);
/** Files are written here first: what lies in the other folders is whole. */
const INCOMING = 'incoming';
const FOLDERS = [
  INCOMING,
  RecoverySpoolEntry.READY,
  RecoverySpoolEntry.ASKED,
  RecoverySpoolEntry.TAKEN,
  RecoverySpoolEntry.ABSENT,
  RecoverySpoolEntry.FAILED,
];
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/** A recovery spool on this machine. */
export class FolderRecoverySpool implements RecoverySpool {
  readonly path: string;
  readonly #owner: FileOwner | undefined;

  private constructor(path: string, owner: FileOwner | undefined) {
    this.path = path;
    this.#owner = owner;
  }

  /**
   * Makes an empty spool at `path`, which must not exist.
   *
   * @param owner - who runs the server, when this process is root.
   * @param oneShot - text of the script that fetches one file when this process is dead.
   */
  static async create(
    path: string,
    owner: FileOwner | undefined,
    oneShot?: string,
  ): Promise<FolderRecoverySpool> {
    const spool = new FolderRecoverySpool(path, owner);
    await spool.#makeFolder('');
    for (const folder of FOLDERS) await spool.#makeFolder(folder);
    await spool.#put(RecoverySpoolEntry.SCRIPT, await readFile(SCRIPT));
    if (oneShot !== undefined) {
      await spool.#put(RecoverySpoolEntry.ONE_SHOT, Buffer.from(oneShot));
    }
    return spool;
  }

  async calls(): Promise<RecoveryCalls> {
    const [asked, taken] = await Promise.all([
      this.#collect(RecoverySpoolEntry.ASKED),
      this.#collect(RecoverySpoolEntry.TAKEN),
    ]);
    return { asked, taken };
  }

  async isReady(name: string): Promise<boolean> {
    try {
      await access(join(this.path, RecoverySpoolEntry.READY, name), constants.F_OK);
      return true;
    } catch {
      return false;
    }
  }

  async offer(name: string, bytes: Uint8Array): Promise<void> {
    await this.#put(join(RecoverySpoolEntry.READY, name), bytes);
  }

  async proveAbsent(name: string): Promise<void> {
    await this.#put(join(RecoverySpoolEntry.ABSENT, name), new Uint8Array());
  }

  async fail(name: string, reason: string): Promise<void> {
    const line = reason.replaceAll(/\s+/g, ' ');
    await this.#put(join(RecoverySpoolEntry.FAILED, name), Buffer.from(`${line}\n`));
  }

  async beat(now: Date): Promise<void> {
    const seconds = Math.floor(now.getTime() / 1_000);
    await this.#put(RecoverySpoolEntry.HEARTBEAT, Buffer.from(`${seconds}\n`));
  }

  async #collect(folder: string): Promise<readonly string[]> {
    const names = await readdir(join(this.path, folder));
    for (const name of names) await rm(join(this.path, folder, name), { force: true });
    return names;
  }

  async #makeFolder(folder: string): Promise<void> {
    const path = join(this.path, folder);
    await withinRoom(path, async () => mkdir(path, { mode: FOLDER_MODE }));
    await chmod(path, FOLDER_MODE);
    await this.#giveAway(path);
  }

  /** Never follows a link: a root process writes where the server's account owns the folders. */
  async #put(name: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(this.path, INCOMING, name.replaceAll('/', '-'));
    await rm(temporary, { force: true });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    await withinRoom(this.path, async () => {
      const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
      try {
        await file.writeFile(bytes);
        if (this.#owner !== undefined) await file.chown(this.#owner.uid, this.#owner.gid);
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.path, name));
    });
  }

  async #giveAway(path: string): Promise<void> {
    if (this.#owner !== undefined) await lchown(path, this.#owner.uid, this.#owner.gid);
  }
}
