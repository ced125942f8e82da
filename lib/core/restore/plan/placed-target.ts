import type { RecoveryWindow } from '../../catalog/recovery-window.ts';
import type { Lsn } from '../../wal/lsn.ts';
import type { Micros } from '../../wal/micros.ts';
import type { RecoveryTarget } from './target.ts';

/** Where a replay ends, as its WAL says beforehand. */
export interface StopPoint {
  /** End of the last record that is replayed; `undefined` when that record is not at hand. */
  readonly stopLsn: Lsn | undefined;
  /** End of the record at which PostgreSQL decides to stop, which it must have read. */
  readonly readTo: Lsn;
  /** When the transaction ended of which that is the end, and which is replayed still. */
  readonly stopTime?: Micros | undefined;
}

/** A target that was found in WAL that is there. */
export interface PlacedTarget {
  /** The window that the target lies in. */
  readonly window: RecoveryWindow;
  /** The target, or `latest` when there is nothing after it at which replay could stop. */
  readonly stopAt: RecoveryTarget;
  /** Absent for `latest` and `immediate`. */
  readonly stop?: StopPoint;
}

/** A tablespace that replay would create. */
export interface CreatedTablespace {
  readonly oid: string;
  /** Where the original server has it; empty for one that lies in the data directory itself. */
  readonly location: string;
  /** Start of the record that creates it. */
  readonly lsn: Lsn;
}

export const LATEST: RecoveryTarget = { kind: 'latest' };
