import { type OpsError, toOpsError } from '../../errors/ops-error.ts';
import { putRecord } from '../../store/record.ts';
import { SegmentIndexRecord } from '../../store/records.ts';
import type { SealOptions } from '../../store/sealed-object.ts';
import { indexSegment } from './index-segment.ts';
import type { IndexedArchive } from './read-index.ts';

/**
 * Stores the index of a segment that is durable already. Nothing depends on it: whoever misses it
 * reads the segment.
 *
 * @param bytes - the segment, proved.
 * @returns why it could not be stored; `undefined` when it is there, or another one is.
 */
export async function putIndex(
  { store, lineage }: IndexedArchive,
  name: string,
  bytes: Uint8Array,
  options: SealOptions,
): Promise<OpsError | undefined> {
  try {
    const key = lineage.keys.walIndex(name);
    await putRecord(store, key, SegmentIndexRecord, indexSegment(bytes), options);
    return undefined;
  } catch (cause) {
    const error = toOpsError(cause);
    // Somebody else's stands: what it says is looked at by "verify --deep".
    return error.code === 'WAL-CONFLICT' ? undefined : error;
  }
}
