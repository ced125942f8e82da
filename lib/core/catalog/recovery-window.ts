import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { getSealed } from '../store/sealed-object.ts';
import { walPath, type WalPath } from '../wal/continuity.ts';
import type { Lsn } from '../wal/lsn.ts';
import { assertWholeSegment } from '../wal/page.ts';
import { summarizeSegment } from '../wal/records.ts';
import { parseSegment, segmentName } from '../wal/segment.ts';
import type { TimelineHistory } from '../wal/timeline-history.ts';
import { follows } from './archive-gap.ts';
import type { ArchiveListing } from './archive-listing.ts';
import type { BackupRecord } from '../store/records.ts';

/** The interval to which one backup and continuous WAL on one timeline can recover. */
export interface RecoveryWindow {
  readonly backup: BackupRecord;
  readonly timeline: number;
  readonly history: TimelineHistory;
  /** Segments from the backup's start to the end of the contiguous prefix. */
  readonly path: WalPath;
  /** The server's clock at backup stop. */
  readonly fromTime: Date;
  readonly fromLsn: Lsn;
  /** Last commit in contiguous WAL; `fromTime` when nothing was committed since the backup. */
  readonly toTime: Date;
  /** End of the last complete record in contiguous WAL. */
  readonly toLsn: Lsn;
}

/** What {@link findWindows} reads from. */
export interface WindowSource {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly listing: ArchiveListing;
}

/** Where the records of a stretch of WAL end, and its last commit. */
interface WalEnd {
  readonly lastCommitTime: Date | undefined;
  readonly lsn: Lsn;
}

/** What reading a segment says when the segment is not what was stored. */
const DAMAGED = ['STORE-CORRUPT', 'WAL-PAGE', 'WAL-IDENTITY'] as const;

/** Reads the end of a segment once; `undefined` for a damaged one. */
type EndReader = (name: string) => Promise<WalEnd | undefined>;

/**
 * Recovery windows of every restorable backup, oldest first, one per timeline that descends from it.
 * A backup whose WAL is not all there, or is damaged before its stop, has none.
 *
 * Reads the newest contiguous segments of each timeline backwards until it meets a commit.
 */
export async function findWindows(
  source: WindowSource,
  backups: readonly BackupRecord[],
  options: CallOptions = {},
): Promise<readonly RecoveryWindow[]> {
  const reader = endReader(source, options);
  const windows: RecoveryWindow[] = [];
  for (const backup of backups) {
    for (const history of source.listing.histories.values()) {
      const path = pathFrom(source, backup, history);
      const end = path && (await readEnd(reader, path, backup));
      if (path === undefined || end === undefined || end.lsn < backup.stopLsn) continue;
      const { lastCommitTime, lsn } = end;
      const hasCommit = lastCommitTime !== undefined && lastCommitTime > backup.finishedAt;
      windows.push({
        backup,
        timeline: history.timeline,
        history,
        path,
        fromTime: backup.finishedAt,
        fromLsn: backup.stopLsn,
        toTime: hasCommit ? lastCommitTime : backup.finishedAt,
        toLsn: lsn,
      });
    }
  }
  return windows;
}

/** WAL from a backup's start along a timeline; `undefined` where the backup cannot follow it. */
function pathFrom(
  { listing }: WindowSource,
  backup: BackupRecord,
  history: TimelineHistory,
): WalPath | undefined {
  if (!follows(backup, history)) return undefined;
  const start = parseSegment(backup.startSegment, backup.segmentBytes);
  const from = { timeline: start.timeline, number: start.number };
  const path = walPath(listing.runs, history, from, backup.segmentBytes);
  const stop = parseSegment(backup.stopSegment, backup.segmentBytes);
  const isRestorable = path.end !== undefined && path.end.number >= stop.number;
  return isRestorable ? path : undefined;
}

/** Backups share the ends of segments, but not how far back they may be read. */
function endReader({ store, lineage }: WindowSource, options: CallOptions): EndReader {
  const ends = new Map<string, Promise<WalEnd | undefined>>();
  return async (name) => {
    const end = ends.get(name) ?? readSegmentEnd(store, lineage, name, options);
    ends.set(name, end);
    return end;
  };
}

async function readSegmentEnd(
  store: ObjectStore,
  { id, identity, keys }: Lineage,
  name: string,
  options: CallOptions,
): Promise<WalEnd | undefined> {
  try {
    const { plain } = await getSealed(store, keys.wal(name), options);
    assertWholeSegment(plain, name, { ...id, segmentBytes: identity.segmentBytes });
    const { endLsn, lastCommit } = summarizeSegment(plain);
    return { lastCommitTime: lastCommit?.time, lsn: endLsn };
  } catch (error) {
    if (DAMAGED.some((code) => isOpsError(error, code))) return undefined;
    throw error;
  }
}

/**
 * Reads backwards from the end of `path`, at most to the backup's stop, until it meets a commit. A
 * damaged segment must not hide every earlier point: WAL ends before it.
 */
async function readEnd(
  reader: EndReader,
  path: WalPath,
  backup: BackupRecord,
): Promise<WalEnd | undefined> {
  const { segmentBytes } = backup;
  const stop = parseSegment(backup.stopSegment, segmentBytes);
  let lsn: Lsn | undefined;
  for (const { timeline, first, last } of path.segments.toReversed()) {
    for (let number = last; number >= first && number >= stop.number; number -= 1n) {
      const name = segmentName(timeline, number, segmentBytes);
      const end = await reader(name);
      lsn = end === undefined ? parseSegment(name, segmentBytes).startLsn : (lsn ?? end.lsn);
      if (end?.lastCommitTime !== undefined) return { lastCommitTime: end.lastCommitTime, lsn };
    }
  }
  return lsn === undefined ? undefined : { lastCommitTime: undefined, lsn };
}
