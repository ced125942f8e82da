import { WriterRecord } from './records.ts';
import { Event } from '../contract/events.ts';
import { isOpsError, OpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from './lineage.ts';
import { getRecord, putRecord } from './record.ts';

/** What tells one writer from its clone. */
export type WriterIdentity = Pick<WriterRecord, 'instance' | 'volume' | 'dataDirInode'>;

/** The writer of a lineage since `epoch`, and the epochs before that it took over. */
export interface WriterClaim {
  readonly epoch: number;
  readonly timeline: number;
  /** Epochs whose identical bytes are this writer's own past. */
  readonly acceptEpochs: readonly number[];
}

/** What {@link claimWriter} works with. */
export interface ClaimContext {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The newest record of the epoch log; `undefined` before the first writer.
 *
 * Epochs are consecutive, so the last key of the listing is the highest.
 */
export async function currentWriter(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<WriterRecord | undefined> {
  let last: string | undefined;
  for await (const head of store.list(lineage.keys.writerPrefix, options)) last = head.key;
  return last === undefined ? undefined : getRecord(store, last, WriterRecord, options);
}

/**
 * Makes sure that this server may archive: its own epoch still stands, it is the first writer, its
 * own data directory was promoted to a newer timeline, or a human said `takeOver`.
 *
 * @throws {@link OpsError} `WAL-FENCED` when another instance, volume or data directory writes, or a
 *   newer timeline does.
 */
export async function claimWriter(
  context: ClaimContext,
  self: WriterIdentity & { readonly timeline: number },
  takeOver: boolean,
): Promise<WriterClaim> {
  const { store, lineage, signal } = context;
  const standing = await currentWriter(store, lineage, { signal });
  if (standing === undefined) return takeEpoch(context, self, 1);
  const isOwn = differences(standing, self).length === 0;
  if (isOwn && standing.timeline === self.timeline) {
    return claimOf(standing.epoch, standing.timeline);
  }
  if (takeOver || (isOwn && standing.timeline < self.timeline)) {
    return takeEpoch(context, self, standing.epoch + 1);
  }
  const reasons = isOwn
    ? [`the archive is on timeline ${standing.timeline}, this server on ${self.timeline}`]
    : differences(standing, self);
  throw fenced(standing.epoch, reasons);
}

/**
 * Checks, at the cost of one HEAD, that no newer epoch was taken.
 *
 * @throws {@link OpsError} `WAL-FENCED`.
 */
export async function assertStillWriter(
  store: ObjectStore,
  lineage: Lineage,
  claim: WriterClaim,
  options: CallOptions = {},
): Promise<void> {
  const next = await store.head(lineage.keys.writer(claim.epoch + 1), options);
  if (next !== undefined) throw fenced(claim.epoch + 1, ['a newer writer took over']);
}

async function takeEpoch(
  context: ClaimContext,
  self: WriterIdentity & { readonly timeline: number },
  epoch: number,
): Promise<WriterClaim> {
  const { store, lineage, clock, log, signal } = context;
  const record: WriterRecord = {
    epoch,
    instance: self.instance,
    volume: self.volume,
    dataDirInode: self.dataDirInode,
    timeline: self.timeline,
    since: clock.now(),
  };
  try {
    await putRecord(store, lineage.keys.writer(epoch), WriterRecord, record, { epoch, signal });
  } catch (error) {
    if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
    // Somebody was faster: the agent and a one-shot push of this very server may both begin.
    return claimWriter(context, self, false);
  }
  log.info(Event.EPOCH_TAKEN, { cluster: lineage.id.cluster, epoch, timeline: self.timeline });
  return claimOf(epoch, self.timeline);
}

function claimOf(epoch: number, timeline: number): WriterClaim {
  return { epoch, timeline, acceptEpochs: Array.from({ length: epoch - 1 }, (_, i) => i + 1) };
}

function differences(standing: WriterRecord, self: WriterIdentity): readonly string[] {
  const rows = [
    ['instance', standing.instance, self.instance],
    ['volume', standing.volume, self.volume],
    ['data directory inode', standing.dataDirInode, self.dataDirInode],
  ] as const;
  return rows
    .filter(([, was, is]) => was !== is)
    .map(([what, was, is]) => `${what} ${was}, here ${is}`);
}

function fenced(epoch: number, reasons: readonly string[]): OpsError {
  return new OpsError(
    'WAL-FENCED',
    `writer epoch ${epoch} belongs to someone else: ${reasons.join('; ')}`,
    {
      hint: 'if this server is the true primary and the other is gone for good, start the agent with --take-over',
      details: { epoch },
    },
  );
}
