import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import type { BackupPlace, BackupSummary } from '../store/records.ts';
import { walPath, type WalPath } from '../wal/continuity.ts';
import type { Lsn } from '../wal/lsn.ts';
import { fromDate, toDate } from '../wal/micros.ts';
import { parseSegment } from '../wal/segment.ts';
import type { TimelineHistory } from '../wal/timeline-history.ts';
import { follows } from './archive-gap.ts';
import type { ArchiveListing } from './archive-listing.ts';
import { findEnds, type WalEnd } from './wal-end.ts';

/** The interval to which one backup and continuous WAL on one timeline can recover. */
export interface RecoveryWindow<B extends BackupPlace = BackupSummary> {
  readonly backup: B;
  readonly timeline: number;
  readonly history: TimelineHistory;
  /** Segments from the backup's start to the end of the contiguous prefix. */
  readonly path: WalPath;
  /** Name of the segment whose damage ends the window; WAL may go on behind it. */
  readonly damaged?: string | undefined;
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

/** A backup on a timeline that it can follow. */
interface Candidate<B extends BackupPlace> {
  readonly backup: B;
  readonly history: TimelineHistory;
  readonly path: WalPath;
}

/**
 * Recovery windows of every restorable backup, oldest first, one per timeline that descends from it.
 * A backup whose WAL is not all there, or is damaged before its stop, has none.
 *
 * The last segment of each timeline is read and proved; from there back to the last commit, indexes.
 */
export async function findWindows<B extends BackupPlace>(
  source: WindowSource,
  backups: readonly B[],
  options: CallOptions = {},
): Promise<readonly RecoveryWindow<B>[]> {
  const histories = [...source.listing.histories.values()];
  const candidates = backups.flatMap((backup) =>
    histories.flatMap((history) => candidateOf(source, backup, history) ?? []),
  );
  const ends = new Map<Candidate<B>, WalEnd>();
  for (const group of groupByEnd(candidates)) {
    for (const [one, end] of await findEnds(source, group, options)) ends.set(one, end);
  }
  return candidates.flatMap((one) => windowOf(one, ends.get(one)) ?? []);
}

/** WAL from a backup's start along a timeline; `undefined` where the backup cannot follow it. */
function candidateOf<B extends BackupPlace>(
  { listing }: WindowSource,
  backup: B,
  history: TimelineHistory,
): Candidate<B> | undefined {
  if (!follows(backup, history)) return undefined;
  const start = parseSegment(backup.startSegment, backup.segmentBytes);
  const from = { timeline: start.timeline, number: start.number };
  const path = walPath(listing.runs, history, from, backup.segmentBytes);
  const stop = parseSegment(backup.stopSegment, backup.segmentBytes);
  const isRestorable = path.end !== undefined && path.end.number >= stop.number;
  return isRestorable ? { backup, history, path } : undefined;
}

/** Backups whose paths along one timeline end together, so that the end is read once. */
function groupByEnd<B extends BackupPlace>(
  candidates: readonly Candidate<B>[],
): readonly (readonly Candidate<B>[])[] {
  const groups = new Map<string, Candidate<B>[]>();
  for (const one of candidates) {
    const key = `${one.history.timeline} ${one.path.end?.number}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function windowOf<B extends BackupPlace>(
  { backup, history, path }: Candidate<B>,
  end: WalEnd | undefined,
): RecoveryWindow<B> | undefined {
  if (end?.lsn === undefined || end.lsn < backup.stopLsn) return undefined;
  const { lsn, lastCommit, damaged } = end;
  const hasCommit = lastCommit !== undefined && lastCommit > fromDate(backup.finishedAt);
  return {
    backup,
    timeline: history.timeline,
    history,
    path: damaged === undefined ? path : pathBefore(path, damaged, backup.segmentBytes),
    ...(damaged !== undefined && { damaged }),
    fromTime: backup.finishedAt,
    fromLsn: backup.stopLsn,
    toTime: hasCommit ? toDate(lastCommit) : backup.finishedAt,
    toLsn: lsn,
  };
}

function pathBefore({ segments }: WalPath, name: string, segmentBytes: number): WalPath {
  const { number } = parseSegment(name, segmentBytes);
  const before = segments
    .filter(({ first }) => first < number)
    .map((run) => ({ ...run, last: run.last < number ? run.last : number - 1n }));
  const last = before.at(-1);
  return { segments: before, end: last && { timeline: last.timeline, number: last.last } };
}
