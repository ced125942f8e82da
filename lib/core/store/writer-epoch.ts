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

/**
 * What gives another than the standing writer the right to write: `boot` on the standing writer's own
 * volume, moved to another machine; a human's `take-over`; a recovery `in-place`; a `rollback` to the
 * data directory that was set aside, whose timeline may be older.
 */
export type ClaimGrounds = 'boot' | 'take-over' | 'in-place' | 'rollback';

/** What {@link claimWriter} works with. */
export interface ClaimContext {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the server replays another's WAL, and writes none. @default false */
  readonly isReplaying?: boolean | undefined;
  /**
   * Whether an epoch is taken even by who is the writer already, so that this lineage is the one written
   * to last. @default false
   */
  readonly anew?: boolean | undefined;
  /**
   * Called once nobody else stands in the way, before an epoch is taken; what it throws ends the claim.
   *
   * @default - nothing else has to hold
   */
  readonly prove?: (() => Promise<void>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_TIMELINE = 1;

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

/** Timeline of the current writer, as {@link currentWriter} gives it; 1 before the first. */
export function timelineOf(writer: WriterRecord | undefined): number {
  return writer?.timeline ?? FIRST_TIMELINE;
}

/** Whether `standing` is the record of this very server. */
export function isWriter(standing: WriterRecord, self: WriterIdentity): boolean {
  return differences(standing, self).length === 0;
}

/**
 * Makes sure that this server may archive: its own epoch still stands, it is the first writer, its
 * own data directory was promoted to a newer timeline, or `grounds` give it the right. Asked again, as
 * after an interruption, it finds the epoch that it took.
 *
 * @throws {@link OpsError} `WAL-FENCED` when another instance, volume or data directory writes, or a
 *   newer timeline does, or a server in recovery would be the first; whatever `prove` throws.
 */
export async function claimWriter(
  context: ClaimContext,
  self: WriterIdentity & { readonly timeline: number },
  grounds?: ClaimGrounds,
): Promise<WriterClaim> {
  const { store, lineage, signal } = context;
  const standing = await currentWriter(store, lineage, { signal });
  const by = rightOf(standing, self, grounds);
  if (by === 'first' && context.isReplaying === true) throw notFirst();
  await context.prove?.();
  const epoch = standing?.epoch ?? 0;
  if (by !== 'standing') return takeEpoch(context, { ...self, epoch: epoch + 1, by });
  if (context.anew !== true) return claimOf(epoch, self.timeline);
  return takeEpoch(context, { ...self, epoch: epoch + 1, by: grounds ?? 'boot' });
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

/** What lets `self` write; `standing` when the newest epoch is its own. */
function rightOf(
  standing: WriterRecord | undefined,
  self: WriterIdentity & { readonly timeline: number },
  grounds: ClaimGrounds | undefined,
): NonNullable<WriterRecord['by']> | 'standing' {
  if (standing === undefined) return 'first';
  const others = differences(standing, self);
  if (others.length === 0 && standing.timeline === self.timeline) return 'standing';
  if (grounds !== undefined && grounds !== 'boot') return grounds;
  if (standing.timeline > self.timeline) {
    others.push(`the archive is on timeline ${standing.timeline}, this server on ${self.timeline}`);
  } else if (others.length === 0) {
    return 'promotion';
  } else if (grounds === 'boot' && hasSameVolume(standing, self)) {
    return 'boot';
  }
  throw fenced(standing.epoch, others);
}

/** A volume is attached to one machine at a time; a copy of its files has other inodes. */
function hasSameVolume(standing: WriterRecord, self: WriterIdentity): boolean {
  return standing.volume === self.volume && standing.dataDirInode === self.dataDirInode;
}

async function takeEpoch(
  context: ClaimContext,
  self: Omit<WriterRecord, 'since'>,
): Promise<WriterClaim> {
  const { store, lineage, clock, log, signal } = context;
  const { epoch, timeline, by } = self;
  const { instance, volume, dataDirInode } = self;
  const record = { epoch, instance, volume, dataDirInode, timeline, since: clock.now(), by };
  try {
    await putRecord(store, lineage.keys.writer(epoch), WriterRecord, record, { epoch, signal });
  } catch (error) {
    if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
    // Somebody was faster: the agent and a one-shot push of this very server may both begin.
    return claimWriter(context, self);
  }
  log.info(Event.EPOCH_TAKEN, { cluster: lineage.id.cluster, epoch, timeline, by });
  return claimOf(epoch, timeline);
}

function claimOf(epoch: number, timeline: number): WriterClaim {
  return { epoch, timeline, acceptEpochs: Array.from({ length: epoch - 1 }, (_, i) => i + 1) };
}

function differences(standing: WriterRecord, self: WriterIdentity): string[] {
  const rows = [
    ['instance', standing.instance, self.instance],
    ['volume', standing.volume, self.volume],
    ['data directory inode', standing.dataDirInode, self.dataDirInode],
  ] as const;
  return rows
    .filter(([, was, is]) => was !== is)
    .map(([what, was, is]) => `${what} ${was}, here ${is}`);
}

/** Its primary would be fenced by a server that has nothing to archive. */
function notFirst(): OpsError {
  return new OpsError(
    'WAL-FENCED',
    'this server is in recovery, and the archive has no writer yet',
    {
      hint: 'start the agent of the primary first; here, once this server is promoted',
    },
  );
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
