import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { KnownGap } from '../../lib/core/store/gap-log.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { putRecord } from '../../lib/core/store/record.ts';
import { GapAnchor, GapRecord } from '../../lib/core/store/records.ts';
import { segment } from './wal-fixture.ts';

const AT = new Date('2026-11-22T04:00:00.000Z');

/** The record of an acknowledged gap, from and to these numbered segments of timeline 1. */
export function gapRecord(kind: GapRecord['kind'], first: number, last = first): GapRecord {
  const firstSegment = segment(first);
  return {
    id: `${firstSegment}-${kind}`,
    kind,
    timeline: 1,
    firstSegment,
    lastSegment: segment(last),
    reason: 'the disk was lost',
    by: 'ann',
    at: AT,
    epoch: 1,
  };
}

/** As it is read back. */
export function knownGap(kind: GapRecord['kind'], first: number, last = first): KnownGap {
  return { ...gapRecord(kind, first, last), anchor: undefined };
}

/** Stores an acknowledged gap, and its anchor if a backup is named. */
export async function putGap(
  store: ObjectStore,
  { keys }: Lineage,
  record: GapRecord,
  anchor?: string,
): Promise<void> {
  const { id } = record;
  await putRecord(store, keys.gap(id), GapRecord, record, { epoch: 1 });
  if (anchor === undefined) return;
  const anchored = { gapId: id, backupId: anchor, at: AT };
  await putRecord(store, keys.gapAnchor(id), GapAnchor, anchored, { epoch: 0 });
}
