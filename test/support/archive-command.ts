import { chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { walPath } from './pg-wal-files.ts';
import type { ProtectedCluster } from './protected-cluster.ts';

/** The archive_command of a cluster, called by a test in the place of PostgreSQL's archiver. */
export interface ArchiveCommand {
  /**
   * Runs it as PostgreSQL does. A postmaster that is `'stopping'` makes it give up after about a
   * second instead of ten.
   */
  run(name: string, state?: 'ready' | 'stopping'): Promise<CommandEnding>;
  /** The words that PostgreSQL gives to `/bin/sh`. */
  text(name: string): string;
  /** What PostgreSQL does after an exit 0. */
  markDone(name: string): Promise<void>;
  /** What a crash between the exit 0 and the mark, or a human, does. */
  offerAgain(name: string): Promise<void>;
}

/** How a command ended: `status` is `undefined` when a signal ended it. */
export interface CommandEnding {
  readonly status: number | undefined;
  readonly said: string;
}

/** Line of postmaster.pid with the state, counted from 0. */
const STATE_LINE = 7;

/** Takes the archive_command of `cluster`, and leaves PostgreSQL's own archiver one that only fails. */
export async function takeArchiveCommand(cluster: ProtectedCluster): Promise<ArchiveCommand> {
  const { dataDirectory } = cluster.server;
  const template = await cluster.sql('SHOW archive_command');
  await cluster.sql("ALTER SYSTEM SET archive_command = 'false'");
  await cluster.sql('SELECT pg_reload_conf()');
  const owner = serverOwner();
  const stopping = join(cluster.directory, 'stopping');
  await mkdir(stopping);
  if (owner !== undefined) await chown(stopping, owner.uid, owner.gid);
  const status = (name: string, mark: string): string =>
    walPath(dataDirectory, join('archive_status', `${name}.${mark}`));
  const text = (name: string): string =>
    template.replaceAll(/%[fp%]/g, (escape) => {
      if (escape === '%%') return '%';
      return escape === '%f' ? name : `pg_wal/${name}`;
    });

  return {
    text,
    run: async (name, state = 'ready') => {
      const lines = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
      lines[STATE_LINE] = state;
      // All that the command looks at where it runs is this file.
      await writeFile(join(stopping, 'postmaster.pid'), lines.join('\n'));
      const { exitCode, stderr } = await execa('/bin/sh', ['-c', text(name)], {
        cwd: state === 'ready' ? dataDirectory : stopping,
        reject: false,
        stdin: 'ignore',
        ...owner,
      });
      return { status: exitCode, said: stderr };
    },
    markDone: async (name) => rename(status(name, 'ready'), status(name, 'done')),
    offerAgain: async (name) => rename(status(name, 'done'), status(name, 'ready')),
  };
}
