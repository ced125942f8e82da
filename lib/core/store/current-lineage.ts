import { parseLineageFolder } from '../contract/key-layout.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import {
  type Lineage,
  lineageNames,
  openLineage,
  type ResolveOptions,
  resolveLineage,
} from './lineage.ts';
import type { WriterRecord } from './records.ts';
import { currentWriter } from './writer-epoch.ts';

/** The lineage that a cluster writes to now. */
export interface CurrentLineage {
  readonly lineage: Lineage;
  /** Its newest writer; `undefined` when the cluster has no writer yet. */
  readonly writer: WriterRecord | undefined;
}

/**
 * The lineage of a cluster whose newest writer is youngest: there are several after `pg_upgrade`. One
 * that was prepared and has no writer yet counts only while none has one, by its own age.
 *
 * @throws {@link OpsError} `CATALOG-CLUSTER` when the cluster has none.
 */
export async function currentLineage(
  store: ObjectStore,
  cluster: string,
  options: CallOptions = {},
): Promise<CurrentLineage> {
  const [current] = await lineagesByUse(store, cluster, options);
  return current;
}

/**
 * Every lineage of a cluster, the {@link currentLineage} first, then by how long ago they were written to.
 *
 * @throws {@link OpsError} `CATALOG-CLUSTER` when the cluster has none.
 */
export async function lineagesByUse(
  store: ObjectStore,
  cluster: string,
  options: CallOptions = {},
): Promise<readonly [CurrentLineage, ...CurrentLineage[]]> {
  const all: CurrentLineage[] = [];
  for (const name of await lineageNames(store, cluster, options)) {
    const parsed = parseLineageFolder(name);
    if (parsed === undefined) continue;
    const lineage = await openLineage(store, { cluster, ...parsed }, options);
    all.push({ lineage, writer: await currentWriter(store, lineage, options) });
  }
  const [current, ...others] = all.toSorted(
    (a, b) => Number(isYounger(b, a)) - Number(isYounger(a, b)),
  );
  if (current !== undefined) return [current, ...others];
  // Without any it says so, and which clusters there are.
  return [{ lineage: await resolveLineage(store, cluster, options), writer: undefined }];
}

/** What names the {@link currentLineage} where a lineage is asked for. */
export const CURRENT = 'current';

/**
 * The lineage that a command is about, as {@link resolveLineage}; `current` names the one that the cluster
 * writes to now.
 */
export async function findLineage(
  store: ObjectStore,
  cluster: string,
  options: ResolveOptions = {},
): Promise<Lineage> {
  const { lineage, ...call } = options;
  if (lineage !== CURRENT) return resolveLineage(store, cluster, options);
  return (await currentLineage(store, cluster, call)).lineage;
}

function isYounger(one: CurrentLineage, other: CurrentLineage): boolean {
  const hasWriter = one.writer !== undefined;
  if (hasWriter !== (other.writer !== undefined)) return hasWriter;
  return sinceOf(one) > sinceOf(other);
}

function sinceOf({ lineage, writer }: CurrentLineage): Date {
  return writer?.since ?? lineage.identity.createdAt;
}
