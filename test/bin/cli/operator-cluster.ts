import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libpqEnvironment } from '../../../lib/core/adapters/postgres/connection.ts';
import { serverOwner } from '../../../lib/core/adapters/system/file-owner.ts';
import { findBackup, listBackups } from '../../../lib/core/catalog/backup-listing.ts';
import type { BackupSummary } from '../../../lib/core/store/records.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { startAgentProcess } from '../../support/agent-process.ts';
import { HOLDFAST } from '../../support/checkout.ts';
import {
  CLUSTER,
  type ProtectedCluster,
  startProtectedCluster,
} from '../../support/protected-cluster.ts';
import { isInS3 } from '../../support/s3-environment.ts';
import { storedObjects } from '../../support/stored-wal.ts';
import { copyTestStore } from '../../support/test-store.ts';
import { treeHash } from './tree-hash.ts';

/** A cluster as an operator has it: prepared, archived, backed up once, with some WAL behind it. */
export interface OperatorCluster extends AsyncDisposable {
  readonly protected: ProtectedCluster;
  readonly lineage: Lineage;
  readonly backup: BackupSummary;
  /** The last segments of the archive, in order; no backup needs them. */
  readonly segments: readonly string[];
  /** libpq's variables for the server. */
  readonly libpq: Readonly<Record<string, string>>;
  /** A copy of the store, and a place for data directories, of this test's own. */
  copy(): Promise<Scene>;
}

/** What one test works on. */
export interface Scene {
  readonly store: ObjectStore;
  /** Only where the store is a folder. */
  readonly storeDirectory: string;
  /** `--store` and `--cluster`. */
  readonly place: readonly string[];
  readonly lineage: Lineage;
  readonly backup: BackupSummary;
  readonly segments: readonly string[];
  /** Owned by PostgreSQL's account; `data` in it is where a recovery would go. */
  readonly directory: string;
  readonly dataDirectory: string;
  /** Everything that a refusal must leave alone. */
  hash(): Promise<string>;
}

const SEGMENTS = 4;

/** Makes a cluster, its archive and its backup with the real programs. */
export async function startOperatorCluster(): Promise<OperatorCluster> {
  await using cleanup = new AsyncDisposableStack();
  const cluster = cleanup.use(await startProtectedCluster());
  const libpq = libpqEnvironment(cluster.server.connection);
  const agent = startAgentProcess({
    words: [HOLDFAST, 'agent', ...cluster.agentWords()],
    logFile: join(cluster.directory, 'agent.log'),
  });
  cleanup.use(agent);
  const place = ['--store', cluster.storeUrl, '--cluster', CLUSTER];
  const { exitCode, stdout, stderr } = await cluster.holdfast(['backup', ...place, '--json']);
  if (exitCode !== 0) throw new Error(`backup ended with ${exitCode}: ${stderr}`);
  await cluster.sql('CREATE TABLE facts AS SELECT generate_series(1, 1000) AS id');
  const segments: string[] = [];
  while (segments.length < SEGMENTS) segments.push(await cluster.writeSegments(1));
  await cluster.drained();
  await agent.stop();
  const lineage = await cluster.lineage();
  const { id } = JSON.parse(stdout) as { id: string };
  const backup = findBackup(await listBackups(cluster.store, lineage), id);
  const owned = cleanup.move();
  let scenes = 0;
  return {
    protected: cluster,
    lineage,
    backup,
    segments,
    libpq,
    copy: async () => {
      scenes += 1;
      const directory = await ownFolder(join(cluster.directory, `scene-${scenes}`));
      const { store, url } = owned.use(await copyTestStore(cluster.store, { directory }));
      return {
        store,
        get storeDirectory() {
          return fileURLToPath(url);
        },
        place: ['--store', url, '--cluster', CLUSTER],
        lineage,
        backup,
        segments,
        directory,
        dataDirectory: join(directory, 'data'),
        hash: async () => {
          // A folder store is in the directory.
          const objects = isInS3() ? await storedObjects({ store }) : [];
          return [await treeHash(directory), ...objects].join('\n');
        },
      };
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

/** A new directory that PostgreSQL's account may use. */
export async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 });
  const owner = serverOwner();
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  return path;
}
