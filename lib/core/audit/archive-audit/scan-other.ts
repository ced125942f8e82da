import type { ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { otherObjects } from '../other-objects.ts';
import { isOfHoldfast } from '../known-places.ts';
import type { AuditState } from './audit-record.ts';
import { MAX_STRANGERS } from './lane-tally.ts';
import type { ScanOptions } from './scan-lane.ts';

type Other = Pick<AuditState, 'other' | 'otherTo'>;

/** Of nothing. */
export const NO_OTHER: AuditState['other'] = {
  objects: 0,
  bytes: 0,
  tail: { objects: 0, bytes: 0 },
  strangers: [],
  moreStrangers: 0,
};

/** Lists what lies neither in the archive nor in a backup, from where `from` left it. */
export async function scanOther(
  store: ObjectStore,
  lineage: Lineage,
  from: Other,
  { isTimeUp, signal }: Pick<ScanOptions, 'isTimeUp' | 'signal'>,
): Promise<Other & { readonly isDone: boolean }> {
  const { keys } = lineage;
  const strangers = [...from.other.strangers];
  let { objects, bytes, tail, moreStrangers } = from.other;
  let { otherTo } = from;
  let isDone = true;
  const after = otherTo === undefined ? {} : { after: otherTo };
  for await (const head of otherObjects(store, lineage, { signal, ...after })) {
    const { key } = head;
    if (key.startsWith(keys.tailPrefix)) {
      tail = { objects: tail.objects + 1, bytes: tail.bytes + head.bytes };
    } else {
      objects += 1;
      bytes += head.bytes;
    }
    if (!isOfHoldfast(keys, key)) {
      if (strangers.length < MAX_STRANGERS) strangers.push(key);
      else moreStrangers += 1;
    }
    otherTo = key;
    isDone = !isTimeUp();
    if (!isDone) break;
  }
  return { other: { objects, bytes, tail, strangers, moreStrangers }, otherTo, isDone };
}
