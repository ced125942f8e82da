import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { isDamaged } from '../../store/damaged.ts';
import type { Lineage } from '../../store/lineage.ts';
import { currentWriter } from '../../store/writer-epoch.ts';
import type { TimelineHistory } from '../../wal/timeline-history.ts';

/** What a history says that stands in for one that nobody can read. */
const STAND_IN = '# This timeline is taken. Its history is missing from the archive or damaged.\n';
const TIMELINE_FOLDER = /^[0-9A-F]{8}$/;

/**
 * Gives a recovering server the history of `timeline`, as it can use it.
 *
 * That of the timeline which is followed must be what was stored: it names all ancestors, whose own are
 * only copied if they can be. Of later ones PostgreSQL wants to know whether they exist: at promotion it
 * tries one number after the other, and takes the first that does not. So every timeline up to the
 * newest that the store has any trace of exists, also without a history or with a damaged one:
 * otherwise two timelines would get the same number.
 *
 * @param read - reads the file; `undefined` when it is proven absent.
 * @see PostgreSQL findNewestTimeLine and restoreTimeLineHistoryFiles, src/backend/access/transam/timeline.c
 */
export async function fetchHistory(
  archive: { readonly store: ObjectStore; readonly lineage: Lineage },
  timeline: number,
  path: TimelineHistory | undefined,
  read: () => Promise<Uint8Array | undefined>,
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  if (path === undefined || timeline === path.timeline) return read();
  const bytes = await readIfWhole(read);
  if (bytes !== undefined || timeline < path.timeline) return bytes;
  const newest = await newestTimeline(archive.store, archive.lineage, options);
  return timeline <= newest ? Buffer.from(STAND_IN) : undefined;
}

async function readIfWhole(
  read: () => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isDamaged(error) || isOpsError(error, 'WAL-HISTORY')) return undefined;
    throw error;
  }
}

/** The highest timeline of any file in the archive, or of the current writer. */
async function newestTimeline(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions,
): Promise<number> {
  let newest = (await currentWriter(store, lineage, options))?.timeline ?? 1;
  for await (const folder of store.folders(lineage.keys.walPrefix, options)) {
    if (TIMELINE_FOLDER.test(folder)) newest = Math.max(newest, Number.parseInt(folder, 16));
  }
  return newest;
}
