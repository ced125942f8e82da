import { parseLineageFolder } from '../contract/key-layout.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { type Lineage, lineageNames, openLineage } from '../store/lineage.ts';
import { inTurn } from '../store/in-turn.ts';

/** Every lineage of a cluster, the oldest first: there are several after `pg_upgrade`. */
export async function clusterLineages(
  store: ObjectStore,
  cluster: string,
  options: CallOptions = {},
): Promise<readonly Lineage[]> {
  const lineages: Lineage[] = [];
  for (const name of await lineageNames(store, cluster, options)) {
    const parsed = parseLineageFolder(name);
    if (parsed !== undefined)
      lineages.push(await openLineage(store, { cluster, ...parsed }, options));
  }
  const bornAt = ({ identity }: Lineage): number => identity.createdAt.getTime();
  return lineages.toSorted((a, b) => bornAt(a) - bornAt(b));
}

/**
 * Works on each lineage of a cluster, one after the other. One that fails keeps none of the others from
 * its turn.
 *
 * @throws {@link OpsError} what the first failed with, once all had their turn.
 */
export async function forEachLineage(
  store: ObjectStore,
  cluster: string,
  work: (lineage: Lineage) => Promise<void>,
  options: CallOptions = {},
): Promise<void> {
  await inTurn(await clusterLineages(store, cluster, options), work, options);
}
