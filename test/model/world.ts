import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { claimLineage, type Lineage } from '../../lib/core/store/lineage.ts';
import type { BackupFacts, TimelineFacts } from './facts.ts';
import type { ModelServer } from './model-server.ts';
import type { Change } from './rows.ts';
import type { Template } from './template.ts';

/** A copy of a data directory, as a crash would have left it. */
export interface Snapshot {
  readonly timeline: number;
  readonly dataDirectory: string;
}

/** Where one history takes place: a store, the servers that ever wrote to it, and what they did. */
export interface World extends AsyncDisposable {
  /** Holds everything; kept after a mismatch. */
  readonly directory: string;
  readonly instance: PostgresInstance;
  readonly storeDirectory: string;
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly transactions: Map<string, readonly Change[]>;
  readonly timelines: Map<number, TimelineFacts & { readonly dataDirectory: string }>;
  readonly backups: BackupFacts[];
  /** What happened, in sentences. */
  readonly story: string[];
  /** How often each kind of thing happened. */
  readonly count: (what: string) => void;
  /** Who archives now; the first is made by the history's beginning. */
  writer: ModelServer | undefined;
  /** All that were ever started. */
  readonly servers: ModelServer[];
  /** Stopped for good, or until a rollback. */
  readonly formerWriters: ModelServer[];
  readonly snapshots: Snapshot[];
  /** The last recovery in place, as long as it may be rolled back. */
  inPlace: { readonly timeline: number; readonly recovered: ModelServer } | undefined;
  /** Whether files were taken out of the store: then no agent may start, it would ship them again. */
  isDamaged: boolean;
  /** A path below the directory, of a name that was not given before. */
  place(name: string): string;
  /** A number that was not given before. */
  nextNumber(): number;
}

export const CLUSTER = 'orders';

/** Makes the store and its lineage; the first server's data directory is `first`. */
export async function createWorld(
  template: Template,
  count: World['count'],
): Promise<World & { readonly firstDataDirectory: string }> {
  const { instance } = template;
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-model-'));
  const owner = serverOwner();
  const storeDirectory = join(directory, 'store');
  await mkdir(storeDirectory, { mode: 0o700 });
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  const firstDataDirectory = join(directory, 'data-1');
  await template.copyTo(firstDataDirectory);
  const { systemIdentifier, major, segmentBytes } = await instance.controlData(firstDataDirectory);
  const store = await openObjectStore(pathToFileURL(storeDirectory).href);
  const identity = { cluster: CLUSTER, systemIdentifier, major, segmentBytes };
  const lineage = await claimLineage(store, { ...identity, createdAt: new Date() });
  let numbers = 1;
  const world: World & { readonly firstDataDirectory: string } = {
    directory,
    instance,
    storeDirectory,
    store,
    lineage,
    firstDataDirectory,
    transactions: new Map(),
    timelines: new Map(),
    backups: [],
    story: [],
    count,
    writer: undefined,
    servers: [],
    formerWriters: [],
    snapshots: [],
    inPlace: undefined,
    isDamaged: false,
    place: (name) => join(directory, `${name}-${world.nextNumber()}`),
    nextNumber: () => {
      numbers += 1;
      return numbers;
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of world.servers) await server[Symbol.asyncDispose]();
    },
  };
  return world;
}

/** Removes what a world left behind. */
export async function removeWorld({ directory }: World): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 9 });
}
