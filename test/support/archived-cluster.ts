import { chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AttachedServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { findPostgres } from '../../lib/core/adapters/postgres/find-postgres.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { ClusterServer } from '../../lib/core/ports/cluster-server.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import { claimLineage, type Lineage } from '../../lib/core/store/lineage.ts';
import { putSealed } from '../../lib/core/store/sealed-object.ts';
import { startTestServer } from './cluster-template.ts';
import { makeTestStore } from './test-store.ts';

/**
 * A server whose archive_command copies into a folder, and a loop that puts what is there into a
 * store: see test-store.ts.
 */
export interface ArchivedCluster extends AsyncDisposable {
  readonly instance: PostgresInstance;
  readonly attached: AttachedServer;
  readonly server: ClusterServer;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** Where archive_command puts files; owned by the server's account. */
  readonly dropFolder: string;
  sql(statement: string): Promise<string>;
  /** A new directory that the server's account owns. */
  makeFolder(name: string): Promise<string>;
  /** Stops putting segments into the store, or goes on. */
  setShipping(on: boolean): void;
  setArchiveCommand(command: string): Promise<void>;
  /** Keys of all objects, without WAL. */
  keys(): Promise<readonly string[]>;
}

const EPOCH = 1;
const LOOK_EVERY_MS = 50;
/** Servers are killed here, machines are not. */
const SETTINGS = { archive_mode: 'on', fsync: 'off' };

/** Starts a cluster with an empty store; everything goes when it is disposed. */
export async function startArchivedCluster(
  settings: Readonly<Record<string, string>> = {},
): Promise<ArchivedCluster> {
  const instance = await findPostgres();
  const root = await mkdtemp(join(tmpdir(), 'holdfast-archived-'));
  const owner = serverOwner();
  const makeFolder = async (name: string): Promise<string> => {
    const folder = join(root, name);
    await mkdir(folder, { mode: 0o700 });
    if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
    return folder;
  };
  if (owner !== undefined) await chown(root, owner.uid, owner.gid);
  const dropFolder = await makeFolder('drop');
  const archiveCommand = `cp %p ${dropFolder}/%f.new && mv ${dropFolder}/%f.new ${dropFolder}/%f`;
  const attached = await startTestServer(instance, {
    directory: join(root, 'server'),
    settings: { ...SETTINGS, archive_command: archiveCommand, ...settings },
    walSegmentMegabytes: 1,
  });
  const server = openClusterServer(attached.connection);
  const testStore = await makeTestStore({ directory: root, owner });
  const { store } = testStore;
  const { systemIdentifier, major, segmentBytes } = await server.describe();
  const identity = { systemIdentifier, major, segmentBytes, createdAt: new Date() };
  const lineage = await claimLineage(store, { cluster: 'orders', ...identity });

  const over = new AbortController();
  let shipping = true;
  const shipped = new Set<string>();
  const ship = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const names = shipping ? await readdir(dropFolder) : [];
      for (const name of names.filter((file) => !file.endsWith('.new') && !shipped.has(file))) {
        const bytes = await readFile(join(dropFolder, name));
        await putSealed(store, lineage.keys.wal(name), bytes, { epoch: EPOCH });
        shipped.add(name);
      }
      await delay(LOOK_EVERY_MS);
    }
  };
  const loop = ship();
  const sql = async (statement: string): Promise<string> =>
    attached.run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement]);

  return {
    instance,
    attached,
    server,
    store,
    lineage,
    dropFolder,
    sql,
    makeFolder,
    setShipping: (on) => {
      shipping = on;
    },
    setArchiveCommand: async (command) => {
      await sql(`ALTER SYSTEM SET archive_command = '${command}'`);
      await sql('SELECT pg_reload_conf()');
    },
    keys: async () => {
      const heads = await Array.fromAsync(store.list(''));
      return heads.map(({ key }) => key).filter((key) => !key.includes('/wal/'));
    },
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await loop;
      await attached[Symbol.asyncDispose]();
      await testStore[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
