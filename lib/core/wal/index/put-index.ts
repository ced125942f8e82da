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
  archive: IndexedArchive,
  name: string,
  bytes: Uint8Array,
  options: SealOptions,
): Promise<OpsError | undefined> {
  return prepareIndex(archive, name, bytes, options)();
}

/**
 * Reads the index of a segment now, without fail, so that its bytes may be gone when it is stored.
 *
 * @param bytes - the segment, proved.
 * @returns what stores it, as {@link putIndex} does.
 */
export function prepareIndex(
  { store, lineage }: IndexedArchive,
  name: string,
  bytes: Uint8Array,
  options: SealOptions,
): () => Promise<OpsError | undefined> {
  const index = settle(() => indexSegment(bytes));
  return async () => {
    try {
      const key = lineage.keys.walIndex(name);
      await putRecord(store, key, SegmentIndexRecord, index(), options);
      return undefined;
    } catch (cause) {
      const error = toOpsError(cause);
      // Somebody else's stands: what it says is looked at by "verify --deep".
      return error.code === 'WAL-CONFLICT' ? undefined : error;
    }
  };
}

/** Makes a value, and gives or throws the outcome whenever it is asked for. */
function settle<T>(make: () => T): () => T {
  try {
    const value = make();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
