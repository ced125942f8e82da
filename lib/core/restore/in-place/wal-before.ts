import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import { isDamaged } from '../../store/damaged.ts';
import { getSealed } from '../../store/sealed-object.ts';
import { historyName } from '../../wal/archive-file.ts';
import { type IndexedArchive, readSegment } from '../../wal/index/read-index.ts';
import { readIntactRecords, type WalReading } from '../../wal/intact-records.ts';
import { parseSegment, segmentName } from '../../wal/segment.ts';
import {
  parseTimelineHistory,
  segmentTimeline,
  type TimelineHistory,
} from '../../wal/timeline-history.ts';

/** Besides damage: what reading a segment says when there is none that replay could come from. */
const UNREADABLE = ['STORE-ABSENT', 'WAL-PAGE', 'WAL-IDENTITY'] as const;

/**
 * Where a replay stands when it comes to the segment `name`: what its first record must follow, and
 * what goes on in it.
 *
 * @returns `undefined` when the WAL before cannot be read, so that no replay comes there.
 * @throws {@link OpsError} `WAL-HISTORY`; the store's own.
 */
export async function walBefore(
  archive: IndexedArchive,
  name: string,
  options: CallOptions = {},
): Promise<WalReading | undefined> {
  const { timeline, number } = parseSegment(name, archive.lineage.identity.segmentBytes);
  const history = await readHistory(archive, timeline, options);
  return readingAfter(archive, history, number - 1n, options);
}

async function readingAfter(
  archive: IndexedArchive,
  history: TimelineHistory,
  number: bigint,
  options: CallOptions,
): Promise<WalReading | undefined> {
  const { segmentBytes } = archive.lineage.identity;
  const timeline = segmentTimeline(history, number, segmentBytes);
  const name = segmentName(timeline, number, segmentBytes);
  const bytes = await readIfWhole(archive, name, options);
  const alone = bytes && readIntactRecords(bytes);
  if (alone === undefined || alone.after !== undefined) return alone?.after;
  // All of it is the middle of a record that is wider than a segment.
  const before = await readingAfter(archive, history, number - 1n, options);
  const again = before && (await readIfWhole(archive, name, options));
  return again && readIntactRecords(again, before).after;
}

async function readIfWhole(
  archive: IndexedArchive,
  name: string,
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  try {
    return (await readSegment(archive, name, options)).plain;
  } catch (error) {
    if (isDamaged(error)) return undefined;
    if (isOpsError(error) && UNREADABLE.some((code) => code === error.code)) return undefined;
    throw error;
  }
}

async function readHistory(
  { store, lineage }: IndexedArchive,
  timeline: number,
  options: CallOptions,
): Promise<TimelineHistory> {
  if (timeline === 1) return { timeline, parents: [] };
  const { plain } = await getSealed(store, lineage.keys.wal(historyName(timeline)), options);
  return parseTimelineHistory(Buffer.from(plain).toString('utf8'), timeline);
}
