import { join } from 'node:path';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { claimLineage, type Lineage } from '../../lib/core/store/lineage.ts';
import type { S3FaultProxy } from '../support/s3-fault-proxy.ts';
import { makeTestStore } from '../support/test-store.ts';
import type { BackupFacts, TimelineFacts } from './facts.ts';
import type { ModelServer } from './model-server.ts';
import type { Change } from './rows.ts';
import type { Disk } from './small-disks.ts';
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
  /** Whether its disks are small enough to be filled. */
  readonly hasSmallDisks: boolean;
  readonly instance: PostgresInstance;
  /** Stands before an S3 server; `undefined` where the store is a folder. */
  readonly proxy: S3FaultProxy | undefined;
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
  /** Whether a backup failed or was killed, so that its parts may lie about. */
  hasBrokenBackups: boolean;
  /** When a backup last broke off, which may leave its lease behind; milliseconds since 1970. */
  leaseLeftMs: number;
  /** Aborted when somebody wants the history to end. */
  readonly signal: AbortSignal;
  /** A path below the directory, of a name that was not given before; on a disk if one is named. */
  place(name: string, disk?: Disk): string;
  /** A number that was not given before. */
  nextNumber(): number;
}

export const CLUSTER = 'orders';

/** What a world is made from. */
export interface WorldSource {
  readonly template: Template;
  /** With the folders of its disks in it. */
  readonly directory: string;
  readonly hasSmallDisks: boolean;
  readonly proxy: S3FaultProxy | undefined;
  /** Gets what happens, as it happens. */
  readonly story: string[];
  readonly count: World['count'];
  readonly signal: AbortSignal;
}

/** Makes the store and its lineage; the first server's data directory is `first`. */
export async function createWorld(
  source: WorldSource,
): Promise<World & { readonly firstDataDirectory: string }> {
  const { template, directory, hasSmallDisks, proxy, story, count, signal } = source;
  const { instance } = template;
  const firstDataDirectory = join(directory, 'data', 'first');
  await template.copyTo(firstDataDirectory);
  const { systemIdentifier, major, segmentBytes } = await instance.controlData(firstDataDirectory);
  const { store } = await makeTestStore({ directory });
  const identity = { cluster: CLUSTER, systemIdentifier, major, segmentBytes };
  const lineage = await claimLineage(store, { ...identity, createdAt: new Date() });
  let numbers = 1;
  const world: World & { readonly firstDataDirectory: string } = {
    directory,
    hasSmallDisks,
    instance,
    proxy,
    store,
    lineage,
    firstDataDirectory,
    transactions: new Map(),
    timelines: new Map(),
    backups: [],
    story,
    count,
    writer: undefined,
    servers: [],
    formerWriters: [],
    snapshots: [],
    inPlace: undefined,
    isDamaged: false,
    hasBrokenBackups: false,
    leaseLeftMs: 0,
    signal,
    place: (name, disk) => join(directory, disk ?? '', `${name}-${world.nextNumber()}`),
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
