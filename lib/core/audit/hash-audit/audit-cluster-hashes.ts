import { lineagesByUse } from '../../store/current-lineage.ts';
import { inTurn } from '../../store/in-turn.ts';
import { auditHashes, type HashAuditDeps } from './audit-hashes.ts';
import type { HashRecord } from './hash-record.ts';

/** What {@link auditClusterHashes} works with. */
export interface ClusterHashDeps extends Omit<HashAuditDeps, 'lineage' | 'isWhole'> {
  readonly cluster: string;
}

/**
 * Reads what is due of every lineage of a cluster, the one it writes to first. Bytes and time are theirs
 * together: what they do not do for is read the next time.
 *
 * @returns a record of each.
 * @throws {@link OpsError} as {@link auditHashes}, once all had their turn; `CATALOG-CLUSTER`.
 */
export async function auditClusterHashes({
  cluster,
  ...deps
}: ClusterHashDeps): Promise<readonly HashRecord[]> {
  const { store, signal, maxBytes, onProgress } = deps;
  const records: HashRecord[] = [];
  const done = { objects: 0, bytes: 0 };
  await inTurn(
    await lineagesByUse(store, cluster, { signal }),
    async ({ lineage }) => {
      const record = await auditHashes({
        ...deps,
        lineage,
        maxBytes: maxBytes && Math.max(0, maxBytes - done.bytes),
        onProgress: (objects, bytes) => onProgress?.(done.objects + objects, done.bytes + bytes),
      });
      records.push(record);
      done.objects += record.readObjects;
      done.bytes += record.readBytes;
    },
    { signal },
  );
  return records;
}
