import { readdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { until } from '../../test/support/until.ts';
import type { BenchCluster } from '../cluster/bench-cluster.ts';
import { makeOwnedFolder } from '../machine/owned-folder.ts';
import { type Command, runCommand } from './command.ts';
import type { FullProtection, RestoreTarget, Tool } from './tool.ts';

/** Name in the tables. */
export const PGBACKREST_NAME = 'pgBackRest';
const PROGRAM = 'pgbackrest';
const STANZA = 'bench';
/** Prints nothing but errors; keeps no log files. */
const QUIET = ['--log-level-console=error', '--log-level-file=off', '--log-level-stderr=off'];
const TARGETS: Readonly<Record<RestoreTarget, readonly string[]>> = {
  immediate: ['--type=immediate', '--target-action=promote'],
  latest: ['--type=default'],
};
const LONG_MS = 600_000;

/** pgBackRest as its users tune it: asynchronous, zstd 3, as many processes as there are cores. */
export function pgbackrestTool(version: string): Tool<FullProtection> {
  return {
    name: PGBACKREST_NAME,
    version,
    protect: async (cluster, directory, signal) => {
      const { config, lock, spool } = await writeConfiguration(cluster, directory);
      const words = [`--config=${config}`, `--stanza=${STANZA}`];
      const command = (...more: readonly string[]): Command => {
        return { program: PROGRAM, args: [...words, ...QUIET, ...more] };
      };
      await runCommand(command('stanza-create'), cluster.owner, signal);
      return {
        archiveCommand: `${PROGRAM} ${words.join(' ')} archive-push %p`,
        // Its first archive-push starts what works ahead, and that ends by itself.
        startBeside: async () => ({
          pids: new Set<number>(),
          [Symbol.asyncDispose]: async () => {
            await until(
              'pgBackRest has ended',
              async () => (await readdir(lock)).length === 0,
              LONG_MS,
            );
          },
        }),
        shipAhead: async (names) => {
          const [first = ''] = names;
          const path = join(cluster.server.dataDirectory, 'pg_wal', first);
          await runCommand(command('archive-push', path), cluster.owner, signal);
          const shipped = join(spool, 'archive', STANZA, 'out');
          await until(
            'pgBackRest has pushed all',
            // The push by hand has collected its own.
            async () => (await readdir(shipped)).length >= names.length - 1,
            LONG_MS,
          );
        },
        backup: command('backup', '--type=full', '--start-fast'),
        restore: (dataDirectory, to) =>
          command('restore', `--pg1-path=${dataDirectory}`, ...TARGETS[to]),
        restoreReplays: false,
      };
    },
  };
}

/** Where one protection keeps its files. */
interface Places {
  readonly config: string;
  readonly lock: string;
  readonly spool: string;
}

async function writeConfiguration({ server }: BenchCluster, directory: string): Promise<Places> {
  const { host, port, user } = server.connection;
  const repo = await makeOwnedFolder(join(directory, 'repo'));
  const spool = await makeOwnedFolder(join(directory, 'spool'));
  const lock = await makeOwnedFolder(join(directory, 'lock'));
  const config = join(directory, 'pgbackrest.conf');
  await writeFile(
    config,
    `[global]
repo1-path=${repo}
repo1-retention-full=9999
spool-path=${spool}
lock-path=${lock}
log-level-file=off
archive-async=y
compress-type=zst
compress-level=3
process-max=${availableParallelism()}

[${STANZA}]
pg1-path=${server.dataDirectory}
pg1-socket-path=${host}
pg1-port=${port}
pg1-user=${user}
`,
  );
  return { config, lock, spool };
}
