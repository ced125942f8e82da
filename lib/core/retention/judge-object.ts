import { kindOf } from '../catalog/archive-listing.ts';
import type { ObjectHead } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { isSegmentName } from '../wal/segment.ts';
import type { PlannedBackup, PlannedWal, Reason, RetentionPlan } from './retention-plan.ts';

/** What a plan says of one object. */
export interface ObjectVerdict {
  readonly stays: boolean;
  readonly reason: Reason;
}

const BACKUP_OBJECT = /^(backup\.json|backup_manifest|part-\d{5,}\.tar\.zst)$/;
const SEGMENT_DIGITS = 24;

const NEWER = stays('newer', 'it came after the plan was made');
const STRANGER = stays('stranger', 'it is nothing that Holdfast stores at such a place');
const UNPLANNED = stays('unplanned', 'the plan does not know what it belongs to');
const HISTORY = stays('history', 'timeline histories are never let go');
const RECORD = stays('record', 'what tells of the lineage is never let go');

/**
 * Whether an object stays, and why, for any key of a lineage. What the plan does not name stays, and so does
 * whatever came after it. The cost does not grow with the archive.
 */
export function judgeObject(
  plan: RetentionPlan,
  lineage: Lineage,
  { key, modifiedAt }: Pick<ObjectHead, 'key' | 'modifiedAt'>,
): ObjectVerdict {
  const { keys } = lineage;
  if (!key.startsWith(keys.prefix)) return STRANGER;
  if (modifiedAt > plan.at) return NEWER;
  if (key.startsWith(keys.basePrefix)) return judgeBase(plan, key.slice(keys.basePrefix.length));
  if (key.startsWith(keys.walPrefix)) return judgeArchiveFile(plan, lineage, key);
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (key.startsWith(keys.walIndexPrefix)) {
    const segment = name.slice(0, -'.json'.length);
    return key === keys.walIndex(segment) && isSegmentName(segment)
      ? judgeSegment(plan, segment)
      : STRANGER;
  }
  if (key.startsWith(keys.tailPrefix)) {
    const segment = name.slice(0, SEGMENT_DIGITS);
    return isSegmentName(segment) ? judgeSegment(plan, segment) : STRANGER;
  }
  return RECORD;
}

function judgeBase({ backups }: RetentionPlan, path: string): ObjectVerdict {
  const [id = '', name = ''] = path.split('/', 2);
  if (path !== `${id}/${name}` || !BACKUP_OBJECT.test(name)) return STRANGER;
  const backup = lastUpTo(backups, (one) => one.id <= id);
  return backup?.id === id ? verdictOf(backup) : UNPLANNED;
}

function judgeArchiveFile(plan: RetentionPlan, lineage: Lineage, key: string): ObjectVerdict {
  const kind = kindOf(lineage, key);
  if (kind === 'stranger') return STRANGER;
  if (kind === 'history') return HISTORY;
  return judgeSegment(plan, key.slice(key.lastIndexOf('/') + 1).slice(0, SEGMENT_DIGITS));
}

/** Names sort by timeline and number, as ranges do. */
function judgeSegment({ wal }: RetentionPlan, name: string): ObjectVerdict {
  const range = lastUpTo(wal, ({ first }) => first <= name);
  return range !== undefined && name <= range.last ? verdictOf(range) : UNPLANNED;
}

function verdictOf({ stays: isKept, reasons }: PlannedBackup | PlannedWal): ObjectVerdict {
  const [reason] = reasons;
  return reason === undefined ? UNPLANNED : { stays: isKept, reason };
}

/** The last of `sorted` for which `isUpTo` holds, as it does for all before it. */
function lastUpTo<T>(sorted: readonly T[], isUpTo: (one: T) => boolean): T | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const one = sorted[middle];
    if (one !== undefined && isUpTo(one)) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}

function stays(rule: string, says: string): ObjectVerdict {
  return { stays: true, reason: { rule, says } };
}
