import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { type FileOwner, serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';

/** A server of a row's own, with everything durable as in production. */
export interface BenchCluster extends AsyncDisposable {
  readonly instance: PostgresInstance;
  readonly server: AttachedServer;
  /** Account of the server, and of every tool; `undefined` when it is that of this process. */
  readonly owner: FileOwner | undefined;
  sql(statement: string): Promise<string>;
  /** Sets and reloads; an empty archive_command holds the archiver until it changes. */
  set(name: string, value: string): Promise<void>;
  /** Names of files that PostgreSQL waits to have archived, oldest first. */
  ready(): Promise<readonly string[]>;
  /** Makes every file of `pg_wal` look archived, or wait again. Only while the archiver is held. */
  mark(as: ArchiveMark): Promise<void>;
}

/** What PostgreSQL keeps of a file of WAL in `archive_status`. */
export type ArchiveMark = 'done' | 'ready';

/** Settings of every server: roomy enough that a checkpoint comes when the row wants one. */
const SETTINGS = {
  archive_mode: 'on',
  wal_level: 'replica',
  shared_buffers: '512MB',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
  max_connections: '50',
};
const LONG_MS = 3_600_000;

/** Makes an empty server in `directory`. `settings` stand above those that every row has. */
export async function startBenchCluster(
  instance: PostgresInstance,
  directory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchCluster> {
  const server = await createThrowawayServer(instance, {
    directory: join(directory, 'server'),
    settings: { ...SETTINGS, ...settings },
  });
  const status = join(server.dataDirectory, 'pg_wal', 'archive_status');
  const namesEnding = async (ending: string): Promise<readonly string[]> =>
    (await readdir(status))
      .filter((name) => name.endsWith(ending))
      .map((name) => name.slice(0, -ending.length))
      .sort();
  const sql = async (statement: string): Promise<string> =>
    server.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], { timeoutMs: LONG_MS });
  return {
    instance,
    server,
    owner: serverOwner(),
    sql,
    set: async (name, value) => {
      await sql(`ALTER SYSTEM SET ${name} = '${value.replaceAll("'", "''")}'`);
      await sql('SELECT pg_reload_conf()');
    },
    ready: async () => namesEnding('.ready'),
    mark: async (as) => {
      const before = as === 'done' ? 'ready' : 'done';
      for (const name of await namesEnding(`.${before}`)) {
        await rename(join(status, `${name}.${before}`), join(status, `${name}.${as}`));
      }
    },
    [Symbol.asyncDispose]: async () => {
      // Nothing in it is needed any more, so it is not worth a shutdown checkpoint.
      await server.killNine();
      await server[Symbol.asyncDispose]();
    },
  };
}
