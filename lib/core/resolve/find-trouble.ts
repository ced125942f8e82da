import { type ArchiveGap, findGaps } from '../catalog/archive-gap.ts';
import { type ArchiveListing, listArchive } from '../catalog/archive-listing.ts';
import { type BackupListing, listBackups } from '../catalog/backup-listing.ts';
import { storedSegments } from '../catalog/stored-segments.ts';
import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { ControlData } from '../ports/postgres-instance.ts';
import type { WalDirectory } from '../ports/wal-directory.ts';
import { gapAround, type KnownGap } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import { sha256 } from '../store/sha256.ts';
import { currentWriter, timelineOf } from '../store/writer-epoch.ts';
import { assertWholeSegment } from '../wal/whole-segment.ts';
import { isSegmentName, parseSegment, segmentNumberAt } from '../wal/segment.ts';
import { currentTimeline } from '../wal/shipping/open-shipment.ts';
import { isUnwritten } from '../wal/shipping/prove-history.ts';

/** Where trouble is looked for: the store, and the server that archives there. */
export interface TroublePlace extends CallOptions {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly wal: WalDirectory;
  readonly controlData: (options?: CallOptions) => Promise<ControlData>;
}

/** Consecutive segments of one timeline, both ends included. */
export interface SegmentSpan {
  readonly firstSegment: string;
  readonly lastSegment: string;
}

/** All that keeps this server from archiving, or a recovery from getting here. */
export interface Trouble {
  readonly archive: ArchiveListing;
  readonly backups: BackupListing['backups'];
  /** Holes in the archive that nobody has acknowledged, and that `pg_wal` has nothing to fill with. */
  readonly holes: readonly ArchiveGap[];
  /** Offered segments that are not in `pg_wal`, or are torn: they can never come. */
  readonly lost: readonly string[];
  /** Names from the first on under which the store has another history, up to the last it has. */
  readonly poisoned: SegmentSpan | undefined;
  /** Acknowledged gaps that no backup anchors yet. */
  readonly unanchored: readonly KnownGap[];
}

/** By then no upload is in flight any more: whether a segment may still come is told by `pg_wal`. */
const LONG_AFTER = new Date(8_640_000_000_000_000);
/** Offered segments that are read to see whether they are whole: those the archiver comes to first. */
const LOOK_AT = 4;

/**
 * Looks for what `resolve` can resolve. Reads few segments: the oldest that wait, and those that are
 * not what the store has.
 */
export async function findTrouble(place: TroublePlace): Promise<Trouble> {
  const { store, lineage, wal, signal } = place;
  const archive = await listArchive(store, lineage, { signal });
  const { backups } = await listBackups(store, lineage, { signal });
  const timeline = timelineOf(await currentWriter(store, lineage, { signal }));
  const lost = await findLost(place, archive.knownGaps);
  const coming = (await wal.present({ signal })).filter((name) => !lost.includes(name));
  const isLeftOpen = ({ afterSegment, beforeSegment, known }: ArchiveGap): boolean =>
    known.length === 0 && !coming.some((name) => afterSegment < name && name < beforeSegment);
  return {
    archive,
    backups,
    holes: findGaps(archive, backups, timeline, LONG_AFTER).filter(isLeftOpen),
    lost,
    poisoned: await findPoisoned(place, archive.knownGaps),
    unanchored: archive.knownGaps.filter(({ anchor }) => anchor === undefined),
  };
}

/** Whether a segment that is offered can never be archived: its file is gone, or it is torn. */
export async function isLost(
  { wal, lineage, signal }: TroublePlace,
  name: string,
): Promise<boolean> {
  const bytes = await wal.read(name, 'any', { signal });
  if (bytes === undefined) return true;
  try {
    assertWholeSegment(bytes, name, { ...lineage.id, segmentBytes: lineage.identity.segmentBytes });
    return false;
  } catch (error) {
    if (isOpsError(error, 'WAL-PAGE')) return true;
    throw error;
  }
}

async function findLost(
  place: TroublePlace,
  known: readonly KnownGap[],
): Promise<readonly string[]> {
  const { wal, signal } = place;
  const present = new Set(await wal.present({ signal }));
  const waiting = (await wal.ready({ signal }))
    .filter((name) => isSegmentName(name) && gapAround(known, name) === undefined)
    .toSorted();
  const lost = waiting.filter((name) => !present.has(name));
  for (const name of waiting.filter((one) => present.has(one)).slice(0, LOOK_AT)) {
    if (await isLost(place, name)) lost.push(name);
  }
  return lost.toSorted();
}

/**
 * Walks back from the newest stored segment of the server's timeline to the first that is the
 * server's own: once two histories part, everything behind differs. What lies before the redo
 * position may have been removed from `pg_wal`, and tells nothing.
 */
async function findPoisoned(
  place: TroublePlace,
  known: readonly KnownGap[],
): Promise<SegmentSpan | undefined> {
  const { store, lineage, signal } = place;
  const { timeline, redo, present } = await ownView(place);
  const number = [...present.values()].reduce((least, one) => (one < least ? one : least), redo);
  const shared: string[] = [];
  let first: string | undefined;
  let last: string | undefined;
  for await (const segment of storedSegments(store, lineage, { timeline, number }, { signal })) {
    const { name } = segment;
    if (gapAround(known, name, 'poisoned') !== undefined) continue;
    if (present.has(name)) shared.push(name);
    else if (first === undefined) {
      if (segment.number < redo || !(await isUnwritten(place, segment))) continue;
      first = name;
    }
    last = name;
  }
  for (const name of shared.toReversed()) {
    if (await isSame(place, name)) break;
    if (first === undefined || name < first) first = name;
  }
  if (first === undefined || last === undefined) return undefined;
  return { firstSegment: first, lastSegment: last };
}

/** Segments in `pg_wal` of the timeline that the server writes, and the number from which none may be gone. */
async function ownView({ wal, lineage, controlData, signal }: TroublePlace): Promise<{
  readonly timeline: number;
  readonly redo: bigint;
  readonly present: ReadonlyMap<string, bigint>;
}> {
  const { segmentBytes } = lineage.identity;
  // Before the control file: what a checkpoint removes in between lies before the redo position then.
  const names = await wal.present({ signal });
  const control = await controlData({ signal });
  const timeline = await currentTimeline(wal, control, signal);
  const own = names
    .filter((name) => isSegmentName(name))
    .map((name) => parseSegment(name, segmentBytes))
    .filter((segment) => segment.timeline === timeline);
  const redo = segmentNumberAt(control.redoLsn, segmentBytes);
  return { timeline, redo, present: new Map(own.map(({ name, number }) => [name, number])) };
}

/** A file that is gone by now was removed behind the redo position: it was archived. */
async function isSame(
  { store, lineage, wal, signal }: TroublePlace,
  name: string,
): Promise<boolean> {
  const own = await wal.read(name, 'any', { signal });
  const stored = await store.head(lineage.keys.wal(name), { signal });
  if (own === undefined || stored?.metadata === undefined) return true;
  return stored.metadata.plainSha256 === sha256(own);
}
