import type { ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { type Agreement, mergeRanges } from './agreement.ts';
import { NO_TAGS, type TagOptions, tagKept, type TagTotals } from './set-tag.ts';
import { segmentOfKey, timelineFolders, timelineObjects } from './timeline-objects.ts';

/**
 * Keeps what `applied` let go, as far as it is still there: WAL first, then backups, each record after
 * its parts, so that however it ends no record stands whose objects still go.
 *
 * @throws {@link OpsError} `STORE-DENIED` for whoever may not tag.
 */
export async function takeBack(
  store: ObjectStore,
  lineage: Lineage,
  applied: readonly Agreement[],
  options: TagOptions = {},
): Promise<TagTotals> {
  const backups = new Set(applied.flatMap((record) => record.backups));
  const ofBackups = async function* (isRecord: boolean): AsyncGenerator<ObjectHead, void> {
    const { basePrefix } = lineage.keys;
    for await (const head of store.list(basePrefix, { signal: options.signal })) {
      const id = head.key.slice(basePrefix.length).split('/', 1)[0] ?? '';
      const isWanted = (head.key === lineage.keys.backup(id).record) === isRecord;
      if (isWanted && backups.has(id)) yield head;
    }
  };
  const phases = [appliedWal(store, lineage, applied, options), ofBackups(false), ofBackups(true)];
  let totals = NO_TAGS;
  for (const heads of phases) totals = await tagKept(store, heads, totals, options);
  return totals;
}

async function* appliedWal(
  store: ObjectStore,
  lineage: Lineage,
  applied: readonly Agreement[],
  { signal }: TagOptions,
): AsyncGenerator<ObjectHead, void> {
  const ranges = mergeRanges(applied.flatMap(({ wal }) => wal));
  const isApplied = (segment: string): boolean =>
    ranges.some(({ first, last }) => first <= segment && segment <= last);
  const folders = timelineFolders(ranges.map(({ first }) => first));
  for await (const head of timelineObjects(store, lineage, folders, { signal })) {
    const segment = segmentOfKey(head.key);
    if (segment !== undefined && isApplied(segment)) yield head;
  }
}
