import type { Lineage } from '../../store/lineage.ts';
import type { AppliedRecord } from '../applied-record.ts';
import { isInRanges } from '../read-gone-wal.ts';
import { segmentOfKey } from './timeline-objects.ts';

/** What was let go and is still there, although whatever acts on the tags had days to hide it. */
export interface Lingering {
  readonly objects: number;
  /** When the first of them was let go, as far as that is remembered; `undefined` when there is none. */
  readonly since: Date | undefined;
}

/** Counts them, one after the other. */
export interface LingeringTally {
  /** An object that was tagged due before this run. */
  readonly note: (key: string) => void;
  readonly total: () => Lingering;
}

/** Rules of a lifecycle are acted upon once a day, and may lag. */
const PATIENCE_MS = 4 * 86_400_000;

/**
 * Counts objects that every one of `applied`, which are the oldest first, has let go from days before `now`
 * on. S3 skips those whose replication failed, and hides nothing once its rule is gone.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-and-other-bucket-config.html
 */
export function tallyLingering(
  lineage: Lineage,
  applied: readonly AppliedRecord[],
  now: Date,
): LingeringTally {
  const latest = new Date(now.getTime() - PATIENCE_MS);
  let found: Lingering = { objects: 0, since: undefined };
  return {
    note: (key) => {
      // Kept in between, it was let go again after that.
      const kept = applied.findLastIndex((record) => !covers(record, lineage, key));
      const at = applied[kept + 1]?.at;
      if (at === undefined || at > latest) return;
      const isFirst = found.since === undefined || at < found.since;
      found = { objects: found.objects + 1, since: isFirst ? at : found.since };
    },
    total: () => found,
  };
}

function covers({ backups, wal }: AppliedRecord, { keys }: Lineage, key: string): boolean {
  if (key.startsWith(keys.basePrefix)) {
    return backups.includes(key.slice(keys.basePrefix.length).split('/', 1)[0] ?? '');
  }
  const segment = segmentOfKey(key);
  return segment !== undefined && isInRanges(wal, segment);
}
