import { storedSegments } from '../../catalog/stored-segments.ts';
import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { ControlData } from '../../ports/postgres-instance.ts';
import type { WalDirectory } from '../../ports/wal-directory.ts';
import { gapAround, readGaps } from '../../store/gap-log.ts';
import type { Lineage } from '../../store/lineage.ts';
import { sha256 } from '../../store/sha256.ts';
import { historyName } from '../archive-file.ts';
import { isSegmentName, parseSegment, type Segment, segmentNumberAt } from '../segment.ts';
import { parseTimelineHistory, timelineSpans } from '../timeline-history.ts';

/** Whose history is compared with which archive. */
export interface HistoryProof extends CallOptions {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly wal: WalDirectory;
  /** As it was when `timeline` was read from it. */
  readonly control: ControlData;
  /** Reads the control file afresh. */
  readonly controlData: (options?: CallOptions) => Promise<ControlData>;
  /** The one that the server writes. */
  readonly timeline: number;
}

/** A stretch of one timeline that the server has written, or followed. */
interface OwnStretch {
  readonly timeline: number;
  /** Number of the first segment that is not part of it. @default - it is still open */
  readonly endsBefore?: bigint;
  /** From this number on `pg_wal` lacks nothing. @default - it may lack anything */
  readonly wholeFrom?: bigint;
}

const IN_RECOVERY = new Set(['in archive recovery', 'shut down in recovery']);

/**
 * Proves that what the store has of the server's timeline is the server's own history, before a byte
 * is added to it.
 *
 * Once two histories part, every later segment of theirs differs, so the newest one that both have
 * speaks for all before it. The server must have each that it would need after a crash: PostgreSQL
 * removes or renames a file of `pg_wal` only when it lies before the redo position in the control
 * file, and what is stored was finished and durable before. Older ones may be gone, and prove
 * nothing. The same goes for the parent up to the branch, because a recovery along this timeline
 * replays that first.
 *
 * A server in recovery writes nothing: it is asked again on the timeline that it then begins.
 *
 * @throws {@link OpsError} `WAL-DIVERGED`: a snapshot put back, a clone, or a second recovery that
 *   chose the same timeline number.
 * @see PostgreSQL RemoveOldXlogFiles and CreateCheckPoint, src/backend/access/transam/xlog.c
 */
export async function proveOwnHistory(proof: HistoryProof): Promise<void> {
  const { lineage, control, timeline } = proof;
  if (isReplaying(control, timeline)) return;
  const { segmentBytes } = lineage.identity;
  const parent = timeline === 1 ? undefined : await proveHistoryFile(proof);
  if (parent !== undefined) await proveStretch(proof, parent);
  await proveStretch(proof, {
    timeline,
    wholeFrom: segmentNumberAt(control.redoLsn, segmentBytes),
  });
}

/** Whether a server replays WAL of the `timeline` that it would write. */
export function isReplaying(control: ControlData, timeline: number): boolean {
  return IN_RECOVERY.has(control.state) && control.timeline === timeline;
}

/** Compares the history file of the timeline; gives the stretch of the parent that it names. */
async function proveHistoryFile(proof: HistoryProof): Promise<OwnStretch | undefined> {
  const { store, lineage, wal, timeline, signal } = proof;
  const name = historyName(timeline);
  const own = await wal.read(name, 'any', { signal });
  if (own === undefined) return undefined;
  const stored = await store.head(lineage.keys.wal(name), { signal });
  if (stored?.metadata !== undefined && stored.metadata.plainSha256 !== sha256(own)) {
    throw diverged(
      name,
      'this recovery began a timeline that another recovery had begun elsewhere',
    );
  }
  const history = parseTimelineHistory(Buffer.from(own).toString('utf8'), timeline);
  const parent = timelineSpans(history).findLast((span) => span.timeline !== timeline);
  if (parent?.endLsn === undefined) return undefined;
  const { segmentBytes } = lineage.identity;
  // The branch's own segment may end here as it never did on the parent.
  return { timeline: parent.timeline, endsBefore: segmentNumberAt(parent.endLsn, segmentBytes) };
}

async function proveStretch(proof: HistoryProof, stretch: OwnStretch): Promise<void> {
  const { store, lineage, wal, signal } = proof;
  const { timeline, endsBefore, wholeFrom } = stretch;
  const present = await presentSegments(proof, timeline);
  const from = [...present.values(), ...(wholeFrom === undefined ? [] : [wholeFrom])];
  if (from.length === 0) return;
  const gaps = await readGaps(store, lineage, { signal });
  const number = from.reduce((least, one) => (one < least ? one : least));
  let newest: string | undefined;
  for await (const stored of storedSegments(store, lineage, { timeline, number }, { signal })) {
    if (endsBefore !== undefined && stored.number >= endsBefore) break;
    if (gapAround(gaps, stored.name, 'poisoned') !== undefined) continue;
    if (present.has(stored.name)) newest = stored.name;
    else if (wholeFrom !== undefined && stored.number >= wholeFrom) {
      if (await isUnwritten(proof, stored)) {
        throw diverged(stored.name, 'the archive has it, and this server has not written it');
      }
    }
  }
  if (newest === undefined) return;
  const own = await wal.read(newest, 'any', { signal });
  // Removed since: then the server has gone on past it.
  if (own === undefined) return;
  const stored = await store.head(lineage.keys.wal(newest), { signal });
  if (stored?.metadata === undefined || stored.metadata.plainSha256 === sha256(own)) return;
  throw diverged(newest, 'the archive has other bytes under its name');
}

/**
 * Whether the server never wrote a segment. Asks afresh: it may have made the file a moment ago; and
 * what a checkpoint had removed by then lies before the redo position, which is read after.
 */
export async function isUnwritten(
  { wal, controlData, signal }: Pick<HistoryProof, 'wal' | 'controlData' | 'signal'>,
  { name, number }: Segment,
): Promise<boolean> {
  if ((await wal.present({ signal })).includes(name)) return false;
  const { redoLsn, segmentBytes } = await controlData({ signal });
  return number >= segmentNumberAt(redoLsn, segmentBytes);
}

/** Numbers by name. */
async function presentSegments(
  { wal, lineage, signal }: HistoryProof,
  timeline: number,
): Promise<ReadonlyMap<string, bigint>> {
  const { segmentBytes } = lineage.identity;
  const segments = (await wal.present({ signal }))
    .filter((name) => isSegmentName(name))
    .map((name) => parseSegment(name, segmentBytes));
  return new Map(
    segments.filter((one) => one.timeline === timeline).map(({ name, number }) => [name, number]),
  );
}

function diverged(name: string, what: string): OpsError {
  return new OpsError('WAL-DIVERGED', `${name} is not of this server's history: ${what}`, {
    hint: 'nothing was stored. After a recovery: recover again, it takes the next timeline; after a snapshot was put back: choose by the runbook which history counts, "holdfast resolve" shows what giving up the other one means',
    details: { name },
  });
}
