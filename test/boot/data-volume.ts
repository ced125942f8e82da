import { open, stat } from 'node:fs/promises';
import { execa } from 'execa';

/** A volume that can be attached to a machine: a file, as a device. */
export interface DataVolume extends AsyncDisposable {
  readonly path: string;
  /** `<major> <minor>` of its device. */
  readonly device: string;
  /** Writes a file onto its file system, which no machine has mounted. */
  put(name: string, text: string): Promise<void>;
  /** Makes a file system as a host does. */
  format(): Promise<void>;
  /** Writes bytes where no file system is. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes it larger, as one of EBS is while it is in use. */
  grow(bytes: number): Promise<void>;
}

const VOLUME_BYTES = 3 * 1024 ** 3;

/** A volume that nothing was ever written to. */
export async function makeDataVolume(path: string): Promise<DataVolume> {
  const file = await open(path, 'wx');
  await file.truncate(VOLUME_BYTES);
  await file.close();
  const { stdout: loop } = await execa('losetup', ['--find', '--show', path]);
  // Detached when whoever has it open last is gone: the machines, and this process, however it ends.
  const held = await open(loop, 'r');
  await execa('losetup', ['--detach', loop]);
  const { rdev } = await stat(loop);
  return {
    path,
    device: `${rdev >> 8} ${rdev & 0xff}`,
    grow: async (bytes) => {
      const grown = await open(path, 'r+');
      await grown.truncate(bytes);
      await grown.close();
      await execa('losetup', ['--set-capacity', loop]);
    },
    put: async (name, text) => mounted(path, `cat >"$0/${name}"`, text),
    format: async () => void (await execa('mkfs.xfs', ['-q', '-L', 'holdfast', path])),
    write: async (bytes, offset) => {
      const raw = await open(path, 'r+');
      await raw.write(bytes, 0, bytes.length, offset);
      await raw.close();
    },
    remove: async (name) => mounted(path, `rm "$0/${name}"`, ''),
    [Symbol.asyncDispose]: async () => held.close(),
  };
}

/** Runs a script on the file system at `path`, mounted where nobody else sees it. */
async function mounted(path: string, script: string, input: string): Promise<void> {
  const at = '/mnt';
  const run = `mount -o loop '${path}' ${at} && sh -c '${script}' ${at} && umount ${at}`;
  await execa('unshare', ['--mount', '--propagation=private', 'sh', '-euc', run], { input });
}
