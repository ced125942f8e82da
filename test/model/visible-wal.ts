import { fileName } from './file-name.ts';
import { type BackupFacts, type Facts, type PathRecord, recordsOf, stretchesTo } from './facts.ts';

/** What a recovery from one backup along one timeline could read from the store. */
export interface VisibleWal {
  readonly backup: BackupFacts;
  /** From the very first, long before the backup, up to the end of the contiguous WAL. */
  readonly records: readonly PathRecord[];
  /** Index of the first record that replay reads: the backup's redo point. */
  readonly replayFrom: number;
  /** Index of the first record after the backup's stop: nothing before it is consistent. */
  readonly consistentFrom: number;
  /** Whether later WAL of the timeline lies behind a hole. */
  readonly hasGap: boolean;
}

/**
 * Every restorable backup that leads along `timeline`, oldest first.
 *
 * Which file PostgreSQL wants of a segment is a rule of its own: the youngest timeline of the path
 * that began in it or before.
 *
 * @see PostgreSQL XLogFileReadAnyTLI, src/backend/access/transam/xlogrecovery.c
 */
export function visibleAlong(facts: Facts, timeline: number): readonly VisibleWal[] {
  const known = KNOWN.get(facts) ?? new Map<number, readonly VisibleWal[]>();
  KNOWN.set(facts, known);
  const visible =
    known.get(timeline) ??
    facts.backups.flatMap((backup) => visibleFrom(facts, backup, timeline) ?? []);
  known.set(timeline, visible);
  return visible;
}

/** Many questions are asked of the same facts. */
const KNOWN = new WeakMap<Facts, Map<number, readonly VisibleWal[]>>();

function visibleFrom(facts: Facts, backup: BackupFacts, timeline: number): VisibleWal | undefined {
  const stretches = stretchesTo(facts, timeline);
  const own = stretches.find((stretch) => stretch.timeline === backup.timeline);
  if (own === undefined || (own.endLsn !== undefined && own.endLsn < backup.stopLsn)) {
    return undefined;
  }
  const size = BigInt(facts.segmentBytes);
  const wanted = (number: bigint): string => {
    const owner = stretches.findLast(({ beginLsn }) => beginLsn / size <= number);
    return fileName(owner?.timeline ?? 1, number, size);
  };
  let end = backup.startLsn / size;
  while (facts.segments.has(wanted(end))) end += 1n;
  const last = lastNumber(facts, size);
  let beyond = end + 1n;
  while (beyond <= last && !facts.segments.has(wanted(beyond))) beyond += 1n;

  const all = recordsOf(facts, stretches);
  const firstHidden = all.findIndex(({ endLsn }) => endLsn > end * size);
  const records = firstHidden === -1 ? all : all.slice(0, firstHidden);
  const consistentFrom =
    records.findIndex(
      ({ event, endLsn }) => event?.kind === 'backup-end' && endLsn === backup.stopLsn,
    ) + 1;
  if (consistentFrom === 0) return undefined;
  const replayFrom = records.findIndex(({ startLsn }) => startLsn >= backup.startLsn);
  return { backup, records, replayFrom, consistentFrom, hasGap: beyond <= last };
}

function lastNumber(facts: Facts, segmentBytes: bigint): bigint {
  const perId = 2n ** 32n / segmentBytes;
  const numbers = [...facts.segments].map(
    (name) => BigInt(`0x${name.slice(8, 16)}`) * perId + BigInt(`0x${name.slice(16)}`),
  );
  return numbers.reduce((max, number) => (number > max ? number : max), 0n);
}
