import { readBackupRecord } from '../../catalog/read-backups.ts';
import { storedSegments } from '../../catalog/stored-segments.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { parseSegment } from '../../wal/segment.ts';
import type { PlannedBackup } from '../retention-plan.ts';

/** Keys of all that a backup is made of, and of the WAL that makes it consistent, listed lazily. */
export async function* backupObjects(
  store: ObjectStore,
  lineage: Lineage,
  { id, state }: Pick<PlannedBackup, 'id' | 'state'>,
  options: CallOptions = {},
): AsyncGenerator<string, void, undefined> {
  for await (const { key } of store.list(lineage.keys.backup(id).prefix, options)) yield key;
  // Nobody can tell which WAL another needs.
  if (state !== 'restorable' && state !== 'complete') return;
  const { segmentBytes } = lineage.identity;
  const record = await readBackupRecord(store, lineage, id, options);
  const start = parseSegment(record.startSegment, segmentBytes);
  for await (const { name } of storedSegments(store, lineage, start, options)) {
    if (name > record.stopSegment) return;
    yield lineage.keys.wal(name);
  }
}
