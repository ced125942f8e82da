import {
  CLUSTER_ID,
  clusterPrefix,
  type LineageId,
  type LineageKeys,
  lineageFolder,
  lineageKeys,
  parseLineageFolder,
} from '../contract/key-layout.ts';
import { IdentityRecord } from './records.ts';
import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { getRecord, putRecord } from './record.ts';
import { getSealed } from './sealed-object.ts';

/** One lineage of a cluster, proven by its identity record. */
export interface Lineage {
  readonly id: LineageId;
  readonly identity: IdentityRecord;
  readonly keys: LineageKeys;
}

/** Options of {@link resolveLineage}. */
export interface ResolveOptions extends CallOptions {
  /**
   * `<system identifier>-<major>`.
   *
   * @default - the only one the cluster has
   */
  readonly lineage?: string | undefined;
}

/** Folder names of the lineages that a cluster has in the store, in byte order. */
export async function lineageNames(
  store: ObjectStore,
  cluster: string,
  options: CallOptions = {},
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of store.folders(clusterPrefix(assertClusterId(cluster)), options)) {
    if (parseLineageFolder(name) !== undefined) names.push(name);
  }
  return names;
}

/**
 * Finds the lineage that a command is about.
 *
 * @throws {@link OpsError} `CATALOG-CLUSTER` when the store knows no such cluster, with those it
 *   knows; `CATALOG-LINEAGE` when the cluster has several and none was named, or not that one.
 */
export async function resolveLineage(
  store: ObjectStore,
  cluster: string,
  options: ResolveOptions = {},
): Promise<Lineage> {
  const names = await lineageNames(store, cluster, options);
  if (names.length === 0) throw await unknownCluster(store, cluster, options);
  const wanted = options.lineage ?? (names.length === 1 ? names[0] : undefined);
  const parsed =
    wanted !== undefined && names.includes(wanted) ? parseLineageFolder(wanted) : undefined;
  if (parsed === undefined) {
    throw new OpsError(
      'CATALOG-LINEAGE',
      wanted === undefined
        ? `cluster ${cluster} has ${names.length} lineages`
        : `cluster ${cluster} has no lineage ${wanted}`,
      {
        hint: `choose one with --lineage: ${names.join(', ')}; or "current", the one written to last`,
      },
    );
  }
  return openLineage(store, { cluster, ...parsed }, options);
}

/**
 * Opens the lineage `id`.
 *
 * @throws {@link OpsError} `STORE-ABSENT` when it is not in the store; `STORE-CORRUPT` when its
 *   identity record names another.
 */
export async function openLineage(
  store: ObjectStore,
  id: LineageId,
  options: CallOptions = {},
): Promise<Lineage> {
  const { cluster, systemIdentifier, major } = id;
  const keys = lineageKeys(id);
  const identity = await getRecord(store, keys.identity, IdentityRecord, options);
  const same =
    identity.cluster === cluster &&
    identity.systemIdentifier === systemIdentifier &&
    identity.major === major;
  if (!same) {
    throw new OpsError('STORE-CORRUPT', `${keys.identity} names another lineage than its key`, {
      hint: 'objects were copied to a place where they do not belong: see where the store came from',
    });
  }
  return { id: { cluster, systemIdentifier, major }, identity, keys };
}

/**
 * Makes sure that `wanted` is the only lineage of its cluster, or that another may begin.
 *
 * @throws {@link OpsError} `CATALOG-LINEAGE` when the cluster has another lineage and `allowNew` is
 *   not set.
 */
export async function assertMayBegin(
  store: ObjectStore,
  wanted: LineageId,
  options: CallOptions & { readonly allowNew?: boolean } = {},
): Promise<void> {
  const own = lineageFolder(wanted);
  const names = await lineageNames(store, wanted.cluster, options);
  const others = names.filter((name) => name !== own);
  if (others.length === 0 || options.allowNew === true) return;
  throw new OpsError(
    'CATALOG-LINEAGE',
    `cluster ${wanted.cluster} belongs to ${others.join(', ')}, this server is ${own}`,
    {
      hint: 'check that this is the right server; after pg_upgrade or a new initdb use --new-lineage',
    },
  );
}

/**
 * Creates a lineage, or opens it when it is there with the same identity; then proves that the
 * store refuses a second put.
 *
 * @throws {@link OpsError} `STORE-UNSAFE` when the store ignores conditions; `CATALOG-LINEAGE` when
 *   the cluster has another lineage and `allowNew` is not set; `WAL-IDENTITY` when the segment size
 *   differs.
 */
export async function claimLineage(
  store: ObjectStore,
  wanted: IdentityRecord,
  options: CallOptions & { readonly allowNew?: boolean } = {},
): Promise<Lineage> {
  await assertMayBegin(store, wanted, options);
  // An unsafe store would put this record in the place of the one there: only an absent one is put.
  const standing = await store.head(lineageKeys(wanted).identity, options);
  if (standing === undefined) await putIdentity(store, wanted, options);
  const lineage = await openLineage(store, wanted, options);
  if (lineage.identity.segmentBytes !== wanted.segmentBytes) {
    throw new OpsError(
      'WAL-IDENTITY',
      `the archive has segments of ${lineage.identity.segmentBytes} bytes, this server of ${wanted.segmentBytes}`,
      {
        hint: 'wal_segment_size was changed by pg_resetwal: the history broke, archive to a fresh store',
      },
    );
  }
  await proveLineageStore(store, lineage, options);
  return lineage;
}

/**
 * Proves again, for a lineage that exists, that the store refuses a second put: writers do this
 * when they start, because a store can be moved to a server that ignores conditions.
 *
 * @throws {@link OpsError} `STORE-UNSAFE`; `STORE-CORRUPT` when the identity record is damaged.
 */
export async function proveLineageStore(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<void> {
  const { identity } = lineage.keys;
  // Only the very same bytes are ever offered: an unsafe store then loses nothing by taking them.
  const { plain } = await getSealed(store, identity, options);
  await store.proveConditional(identity, plain, options);
}

async function putIdentity(
  store: ObjectStore,
  wanted: IdentityRecord,
  options: CallOptions,
): Promise<void> {
  const { identity } = lineageKeys(wanted);
  try {
    await putRecord(store, identity, IdentityRecord, wanted, { ...options, epoch: 0 });
  } catch (error) {
    // Somebody was faster: what is there now is compared by whoever opens it.
    if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
  }
}

function assertClusterId(cluster: string): string {
  if (CLUSTER_ID.test(cluster)) return cluster;
  throw new OpsError('CONFIG-INVALID', `${JSON.stringify(cluster)} is not a cluster id`, {
    hint: 'a cluster id is 2 to 31 lower-case letters, digits and hyphens, and starts with a letter',
  });
}

async function unknownCluster(
  store: ObjectStore,
  cluster: string,
  options: CallOptions,
): Promise<OpsError> {
  return new OpsError('CATALOG-CLUSTER', `${store.url} knows no cluster ${cluster}`, {
    hint: hintOf(await knownClusters(store, options)),
  });
}

/** Those that the store has, 20 at most; `undefined` for who may look at one cluster only. */
async function knownClusters(
  store: ObjectStore,
  options: CallOptions,
): Promise<readonly string[] | undefined> {
  const known: string[] = [];
  try {
    for await (const name of store.folders('', options)) {
      if (CLUSTER_ID.test(name)) known.push(name);
      if (known.length === 20) break;
    }
    return known;
  } catch (error) {
    if (isOpsError(error, 'STORE-DENIED')) return undefined;
    throw error;
  }
}

function hintOf(known: readonly string[] | undefined): string {
  if (known === undefined) return 'run "holdfast init" on its server first, or see its name';
  return known.length === 0
    ? 'the store is empty: run "holdfast init" on the server first'
    : `it knows ${known.join(', ')}`;
}
