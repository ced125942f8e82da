import { chown, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import {
  type AttachedServer,
  attachServer,
} from '../../lib/core/adapters/postgres/attached-server.ts';
import { ownerOf } from '../../lib/core/adapters/system/file-owner.ts';
import { folderSpoolMaker } from '../../lib/core/adapters/wal/folder-spool-maker.ts';
import { archiveCommand } from '../../lib/core/init/archive-command.ts';
import { CLUSTER, type ProtectedCluster } from './protected-cluster.ts';

/** Copies a stopped server's data directory to a place that is not there yet, owners and all. */
export async function copyDataDirectory(from: string, to: string): Promise<void> {
  await execa('cp', ['-a', from, to]);
}

/** Puts a copy back over what is there, as rsync would: no directory goes away, nor its inode. */
export async function putBack(copy: string, dataDirectory: string): Promise<void> {
  const kept = new Set(await readdir(copy, { recursive: true }));
  await execa('cp', ['-a', `${copy}/.`, dataDirectory]);
  for (const name of await readdir(dataDirectory, { recursive: true })) {
    if (!kept.has(name)) await rm(join(dataDirectory, name), { recursive: true, force: true });
  }
}

/** Makes an empty file that PostgreSQL looks for when it starts. */
export async function signalFile(dataDirectory: string, name: string): Promise<void> {
  const { uid, gid } = await ownerOf(dataDirectory);
  await writeFile(join(dataDirectory, name), '');
  await chown(join(dataDirectory, name), uid, gid);
}

/** A second data directory of a cluster, with a spool of its own. */
export interface SecondServer {
  readonly dataDirectory: string;
  readonly spool: string;
  /** Options that make any verb work on it. */
  readonly place: readonly string[];
  /** Starts it with these settings above its own; it archives by its own spool. */
  start(settings?: Readonly<Record<string, string>>): Promise<AttachedServer>;
}

/** Makes a data directory that is there already one of a {@link SecondServer}. */
export async function secondServer(cluster: ProtectedCluster, name: string): Promise<SecondServer> {
  const dataDirectory = join(cluster.directory, name);
  const spool = join(cluster.directory, `${name}-spool`);
  const { systemIdentifier } = await cluster.instance.controlData(dataDirectory);
  const archive = { cluster: CLUSTER, storeUrl: cluster.store.url };
  await folderSpoolMaker.make({ path: spool, dataDirectory, systemIdentifier, archive });
  return {
    dataDirectory,
    spool,
    place: ['--data-dir', dataDirectory, '--spool', spool],
    start: async (settings = {}) =>
      attachServer(cluster.instance, {
        dataDirectory,
        logFile: join(cluster.directory, `${name}.log`),
        settings: { ...settings, archive_command: archiveCommand(spool) },
      }),
  };
}
