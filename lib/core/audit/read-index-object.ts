import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { encodeRecord, getRecord } from '../store/record.ts';
import { SegmentIndexRecord } from '../store/records.ts';
import { indexSegment } from '../wal/index/index-segment.ts';

/**
 * Proves that the index of a segment, if there is one, says what the segment does: a recovery is
 * planned from it.
 *
 * @param plain - the segment, proved.
 * @throws {@link OpsError} `STORE-CORRUPT` about the index, `STORE-FORMAT`, and the store's own.
 */
export async function assertIndexFits(
  store: ObjectStore,
  { keys }: Lineage,
  name: string,
  plain: Uint8Array,
  options: CallOptions,
): Promise<void> {
  const key = keys.walIndex(name);
  const stored = await readStored(store, key, options);
  if (stored === undefined) return;
  const expected = encodeRecord(SegmentIndexRecord, indexSegment(plain));
  if (Buffer.compare(encodeRecord(SegmentIndexRecord, stored), expected) === 0) return;
  throw new OpsError('STORE-CORRUPT', `${key} says other things than its segment`, {
    hint: 'remove it by hand; "holdfast verify" makes it anew from the segment, which is whole',
    details: { object: key },
  });
}

async function readStored(
  store: ObjectStore,
  key: string,
  options: CallOptions,
): Promise<SegmentIndexRecord | undefined> {
  try {
    return await getRecord(store, key, SegmentIndexRecord, options);
  } catch (error) {
    if (isOpsError(error, 'STORE-ABSENT')) return undefined;
    throw error;
  }
}
