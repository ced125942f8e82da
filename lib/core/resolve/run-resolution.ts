import { Event } from '../contract/events.ts';
import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallOptions } from '../ports/object-store.ts';
import type { ClusterServer } from '../ports/cluster-server.ts';
import type { Log } from '../ports/log.ts';
import { getRecord, putRecord } from '../store/record.ts';
import { GapAnchor, GapRecord, type WriterRecord } from '../store/records.ts';
import { currentWriter, isWriter, type WriterIdentity } from '../store/writer-epoch.ts';
import { parseSegment, segmentNumberAt } from '../wal/segment.ts';
import type { TroublePlace } from './find-trouble.ts';
import type { Resolution } from './plan-resolution.ts';

/** What {@link runResolution} works with. */
export interface ResolutionContext extends TroublePlace {
  /** The server that archives from `wal`. */
  readonly server: ClusterServer;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes a base backup now; gives its id. */
  readonly backUp: () => Promise<string>;
}

/** What came of a resolution. */
export interface Resolved {
  readonly gapId: string;
  /** Recovery is possible again from this backup on. */
  readonly backupId: string;
}

/** Segments that the server may have to end unused to get past the other history: 1 GiB of 16 MiB each. */
const MOST_SWITCHES = 64;

/**
 * The record of the standing writer, if that is this server.
 *
 * @throws {@link OpsError} `WAL-RESOLVE` when another server is, or none has been yet: what is wrong
 *   for this one may be right for the writer.
 */
export async function assertWriter(
  { store, lineage, signal }: TroublePlace,
  self: WriterIdentity,
): Promise<WriterRecord> {
  const standing = await currentWriter(store, lineage, { signal });
  if (standing !== undefined && isWriter(standing, self)) return standing;
  throw new OpsError('WAL-RESOLVE', 'this server is not the writer of the archive', {
    hint: 'resolve where the true primary is; if that is here, see WAL-FENCED in the runbook first',
    details: standing === undefined ? {} : { epoch: standing.epoch },
  });
}

/**
 * Acknowledges a gap and makes recovery possible again behind it: writes the record, by which
 * PostgreSQL's archiver is let go on; ends segments until the server is past names that another
 * history has; takes a base backup; records it as the anchor. Each step is left out when it was done,
 * so that after an interruption the same call goes on.
 *
 * @throws {@link OpsError} `WAL-RESOLVE` when the other history is too far ahead to get past it;
 *   whatever the backup throws.
 */
export async function runResolution(
  { gap, record, anchor }: Resolution,
  context: ResolutionContext,
): Promise<Resolved> {
  const { store, lineage, log, signal } = context;
  const mustBackUp = anchor === undefined;
  if (mustBackUp) await assertWithinReach(gap.lastSegment, context);
  if (record !== undefined) {
    const { epoch } = record;
    const key = lineage.keys.gap(record.id);
    await putRecord(store, key, GapRecord, record, { epoch, signal });
    log.info(Event.GAP_ACKNOWLEDGED, {
      cluster: lineage.id.cluster,
      gap: record.id,
      by: record.by,
    });
  }
  if (mustBackUp) await getPast(gap.lastSegment, context);
  return {
    gapId: gap.id,
    backupId: await anchorAt(gap.id, anchor ?? (await context.backUp()), context),
  };
}

/** Gives the backup that anchors the gap: another, when somebody else was faster. */
async function anchorAt(
  gapId: string,
  backupId: string,
  { store, lineage, clock, log, signal }: ResolutionContext,
): Promise<string> {
  const key = lineage.keys.gapAnchor(gapId);
  try {
    const anchor = { gapId, backupId, at: clock.now() };
    await putRecord(store, key, GapAnchor, anchor, { epoch: 0, signal });
    log.info(Event.GAP_ANCHORED, { cluster: lineage.id.cluster, gap: gapId, backup_id: backupId });
    return backupId;
  } catch (error) {
    if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
    return (await getRecord(store, key, GapAnchor, { signal })).backupId;
  }
}

async function assertWithinReach(last: string, context: ResolutionContext): Promise<void> {
  const ahead = await segmentsUpTo(last, context);
  if (ahead <= BigInt(MOST_SWITCHES)) return;
  throw new OpsError(
    'WAL-RESOLVE',
    `the other history goes on to ${last}, ${ahead} segments past this server`,
    {
      hint: 'recover to latest, which goes on behind it on a new timeline; or let this server begin a fresh store with "holdfast init --move-archive"',
      details: { last, segments: Number(ahead) },
    },
  );
}

/** A backup is proven by its segments in the store, so none of them may have another's name. */
async function getPast(last: string, context: ResolutionContext): Promise<void> {
  const { server, signal } = context;
  for (let turn = 0; turn <= MOST_SWITCHES; turn += 1) {
    if ((await segmentsUpTo(last, context)) <= 0n) return;
    await server.switchWal({ signal });
  }
}

/** How many segments the server has yet to end until it writes behind `last`; none on another timeline. */
async function segmentsUpTo(
  last: string,
  { server, lineage, signal }: ResolutionContext & CallOptions,
): Promise<bigint> {
  const { segmentBytes } = lineage.identity;
  const { timeline, number } = parseSegment(last, segmentBytes);
  const description = await server.describe({ signal });
  if (description.timeline !== timeline) return 0n;
  return number - segmentNumberAt(await server.currentLsn({ signal }), segmentBytes) + 1n;
}
