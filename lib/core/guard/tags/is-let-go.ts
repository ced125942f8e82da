import type { AppliedRecord } from '../../retention/applied-record.ts';
import { segmentOfKey } from '../../retention/apply/timeline-objects.ts';
import type { Lineage } from '../../store/lineage.ts';

/** What retention had let go of a lineage, and what was taken back. */
export interface LettingsGo {
  readonly lineage: Pick<Lineage, 'keys'>;
  readonly applied: readonly AppliedRecord[];
  /** Moments up to which nothing counts any more. */
  readonly undoneAt: readonly Date[];
}

/** A run that tags asks only now and then whether somebody has undone it. */
const UNDO_NOTICED_MS = 15 * 60_000;

/**
 * Whether two plans had let an object go when it was tagged, and nobody had taken that back. What belongs
 * to a segment goes with it.
 */
export function isLetGo(
  { key, at }: { readonly key: string; readonly at: Date },
  { lineage: { keys }, applied, undoneAt }: LettingsGo,
): boolean {
  const noticed = at.getTime() - UNDO_NOTICED_MS;
  const isUndone = (record: AppliedRecord): boolean =>
    undoneAt.some((undone) => undone >= record.at && undone.getTime() < noticed);
  const standing = applied.filter((record) => record.at <= at && !isUndone(record));
  if (key.startsWith(keys.basePrefix)) {
    const [backup = ''] = key.slice(keys.basePrefix.length).split('/');
    return standing.some(({ backups }) => backups.includes(backup));
  }
  const isWal = [keys.walPrefix, keys.walIndexPrefix, keys.tailPrefix].some((prefix) =>
    key.startsWith(prefix),
  );
  const segment = isWal ? segmentOfKey(key) : undefined;
  if (segment === undefined) return false;
  return standing.some(({ wal }) =>
    wal.some(({ first, last }) => first <= segment && segment <= last),
  );
}
