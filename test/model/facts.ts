import type { Lsn } from '../../lib/core/wal/lsn.ts';
import type { Change } from './rows.ts';
import type { TapeRecord } from './tape.ts';

/** A timeline as the server that wrote it knows it. */
export interface TimelineFacts {
  readonly timeline: number;
  /** Where it left its parent; `undefined` for the first. */
  readonly parent: { readonly timeline: number; readonly lsn: Lsn } | undefined;
  /** Where its tape begins. */
  readonly beginLsn: Lsn;
  /** From where it begins to the end of what its server wrote. */
  readonly tape: readonly TapeRecord[];
}

/** A finished base backup. */
export interface BackupFacts {
  readonly id: string;
  readonly timeline: number;
  readonly startLsn: Lsn;
  readonly stopLsn: Lsn;
  /** The server's clock at its stop, as the backup promises it to operators; in microseconds. */
  readonly finishedMicros: bigint;
}

/**
 * All that happened, as the servers tell it; the archive is known by the names of its files alone.
 */
export interface Facts {
  readonly segmentBytes: number;
  readonly timelines: ReadonlyMap<number, TimelineFacts>;
  /** In the order they were taken. */
  readonly backups: readonly BackupFacts[];
  /** What each transaction did, by {@link transactionKey}; also those that never ended. */
  readonly transactions: ReadonlyMap<string, readonly Change[]>;
  /** Names of whole segments in the store. */
  readonly segments: ReadonlySet<string>;
  /** Timelines whose history is in the store; 1 needs none. */
  readonly histories: ReadonlySet<number>;
  readonly writerTimeline: number;
}

/** Transaction numbers go on from the branch on both timelines, so that one may occur on either. */
export function transactionKey(timeline: number, xid: number): string {
  return `${timeline}/${xid}`;
}

/** One stretch of a path through the timelines; `endLsn` is `undefined` for the last. */
export interface Stretch {
  readonly timeline: number;
  readonly beginLsn: Lsn;
  readonly endLsn: Lsn | undefined;
}

/**
 * The stretches that lead to `timeline`, oldest first.
 *
 * A recovery along a timeline may end before that begins, and is its child all the same: then nothing
 * of the parent is on the way.
 */
export function stretchesTo(facts: Facts, timeline: number): readonly Stretch[] {
  const known = facts.timelines.get(timeline);
  if (known === undefined) throw new Error(`nobody ever wrote timeline ${timeline}`);
  const { parent } = known;
  if (parent === undefined) return [{ timeline, beginLsn: 0n, endLsn: undefined }];
  const { lsn } = parent;
  const before = stretchesTo(facts, parent.timeline)
    .filter(({ beginLsn }) => beginLsn < lsn)
    .map((stretch) =>
      stretch.endLsn === undefined || stretch.endLsn > lsn ? { ...stretch, endLsn: lsn } : stretch,
    );
  return [...before, { timeline, beginLsn: lsn, endLsn: undefined }];
}

/** A record on a path, and the timeline it was written on. */
export interface PathRecord extends TapeRecord {
  readonly timeline: number;
}

/** The records of `stretches`, in order of replay. */
export function recordsOf(facts: Facts, stretches: readonly Stretch[]): readonly PathRecord[] {
  return stretches.flatMap(({ timeline, endLsn }) => {
    const tape = facts.timelines.get(timeline)?.tape ?? [];
    return tape
      .filter(({ startLsn }) => endLsn === undefined || startLsn < endLsn)
      .map((record) => ({ ...record, timeline }));
  });
}
