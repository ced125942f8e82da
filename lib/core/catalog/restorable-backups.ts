import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { gapAround, readGaps } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import type { BackupSummary } from '../store/records.ts';
import { getSealed } from '../store/sealed-object.ts';
import { historyName } from '../wal/archive-file.ts';
import { parseSegment } from '../wal/segment.ts';
import { parseTimelineHistory, type TimelineHistory } from '../wal/timeline-history.ts';
import { follows } from './archive-gap.ts';
import { summaryOf } from './backup-listing.ts';
import { readBackup } from './read-backups.ts';
import { storedSegments } from './stored-segments.ts';

/**
 * Restorable backups that lead to what is written now, newest first, read lazily: complete, their WAL
 * from start to stop all there, on a timeline that the writer's came from.
 *
 * The first costs as many requests as its own parts and segments need, however many backups and however
 * much WAL the store has: the folders below `base/` are listed, then one backup's objects, the gaps, and
 * WAL up to its stop.
 *
 * @param timeline - of the current writer.
 * @throws {@link OpsError} `STORE-CORRUPT` when the writer's history is damaged, and the store's own.
 */
export async function* restorableBackups(
  store: ObjectStore,
  lineage: Lineage,
  timeline: number,
  options: CallOptions = {},
): AsyncGenerator<BackupSummary, undefined> {
  const ids = await Array.fromAsync(store.folders(lineage.keys.basePrefix, options));
  const history = ids.length > 0 ? await findHistory(store, lineage, timeline, options) : undefined;
  // Ids begin with their backups' times.
  for (const id of ids.toSorted().toReversed()) {
    const found = await readBackup(store, lineage, id, options);
    if ('reason' in found) continue;
    const isLeading = history === undefined || follows(found, history);
    if (isLeading && (await hasItsWal(store, lineage, found, options))) yield summaryOf(found);
  }
  return undefined;
}

/** The writer's history; `undefined` while it is on its way to the archive. */
async function findHistory(
  store: ObjectStore,
  lineage: Lineage,
  timeline: number,
  options: CallOptions,
): Promise<TimelineHistory | undefined> {
  if (timeline === 1) return { timeline, parents: [] };
  try {
    const key = lineage.keys.wal(historyName(timeline));
    const { plain } = await getSealed(store, key, options);
    return parseTimelineHistory(Buffer.from(plain).toString('utf8'), timeline);
  } catch (error) {
    if (isOpsError(error, 'STORE-ABSENT')) return undefined;
    throw error;
  }
}

/** Whether every segment from start to stop is there, and none under a poisoned name. */
async function hasItsWal(
  store: ObjectStore,
  lineage: Lineage,
  { startSegment, stopSegment, segmentBytes }: BackupSummary,
  options: CallOptions,
): Promise<boolean> {
  const gaps = await readGaps(store, lineage, options);
  const start = parseSegment(startSegment, segmentBytes);
  let wanted = start.number;
  for await (const { name, number } of storedSegments(store, lineage, start, options)) {
    if (number !== wanted || gapAround(gaps, name, 'poisoned') !== undefined) return false;
    if (name === stopSegment) return true;
    wanted += 1n;
  }
  return false;
}
