import { clusterPrefix, type LineageId, parseLineageFolder } from '../../contract/key-layout.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { readApplied, readDecisions } from '../../retention/apply/read-decisions.ts';
import { openLineage } from '../../store/lineage.ts';
import type { LettingsGo } from './is-let-go.ts';

/** A run goes on with what earlier ones began, and its record has all that was left: few tell all. */
const NEWEST = 10;

/** The lineage that `key` lies in; `undefined` for a key outside of any of the cluster's. */
export function lineageOfKey(cluster: string, key: string): LineageId | undefined {
  const prefix = clusterPrefix(cluster);
  if (!key.startsWith(prefix)) return undefined;
  const folder = parseLineageFolder(key.slice(prefix.length).split('/')[0] ?? '');
  return folder && { cluster, ...folder };
}

/**
 * Reads what retention had let go of a lineage by `until`: its newest records, however many there are.
 *
 * @returns `undefined` when there is no such lineage.
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT` when nobody can tell; the store's own.
 */
export async function readLettingsGo(
  store: ObjectStore,
  id: LineageId,
  until: Date,
  options: CallOptions = {},
): Promise<LettingsGo | undefined> {
  try {
    const lineage = await openLineage(store, id, options);
    const { applied, undoneAt } = await readDecisions(store, lineage, options);
    const newest = applied.filter(({ at }) => at <= until).slice(-NEWEST);
    return { lineage, applied: await readApplied(store, newest, options), undoneAt };
  } catch (error) {
    if (isOpsError(error, 'STORE-ABSENT')) return undefined;
    throw error;
  }
}
