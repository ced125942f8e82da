import { z } from 'zod';

/** A link of a data directory behind which files of its server lie. */
const MovingLink = z.object({
  /** Below the data directory. */
  name: z.string().regex(/^(pg_wal|pg_tblspc\/\d+)$/),
  /** Where it leads, as it was written. */
  text: z.string().min(1),
  /** Where it leads: absolute, without links. */
  target: z.string().startsWith('/'),
});
export type MovingLink = z.output<typeof MovingLink>;

const Instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});
const Lsn = z.codec(z.string().regex(/^\d+$/), z.bigint(), {
  decode: BigInt,
  encode: String,
});

/** A {@link RecoveryResult}: what an interrupted command would have said. */
const ResultRecord = z.object({
  backupId: z.string(),
  timeline: z.int().positive(),
  target: z.string(),
  lsn: Lsn,
  time: Instant.optional(),
  restoreSec: z.number(),
  replaySec: z.number(),
  dataDirectory: z.string(),
  notes: z.array(z.string()).readonly(),
});

/**
 * What stands beside a data directory while it is recovered in its own place, and after. It is
 * replaced whole before each step that it announces, so that after any interruption it and what is
 * on disk tell together what remains to be done.
 */
export const InPlaceJournal = z.object({
  format: z.literal(1),
  /** Part of every name that this recovery makes. */
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  /** Absolute, without links. */
  dataDirectory: z.string().startsWith('/'),
  links: z.array(MovingLink).readonly(),
  /** The one that the old server wrote. */
  timeline: z.int().positive(),
  phase: z.enum(['setting-aside', 'recovering', 'recovered', 'putting-back', 'put-back']),
  /** Inodes of directories that the recovery made in the place of link targets, by path. */
  made: z.record(z.string(), z.string()),
  /** The timeline that the recovery follows, once it is planned. */
  followed: z.int().positive().optional(),
  /** Known once the recovered directory is proven. */
  result: ResultRecord.optional(),
  /** The recovered server's latest checkpoint by then: a start would have made another. */
  checkpointLsn: Lsn.optional(),
});
export type InPlaceJournal = z.output<typeof InPlaceJournal>;

/** The name under which what lay at `path` is kept while the recovery has its place. */
export function setAsidePath(path: string, id: string): string {
  return `${path}.set-aside-${id}`;
}

/** The name under which what the recovery made at `path` is kept after a rollback. */
export function rolledBackPath(path: string, id: string): string {
  return `${path}.rolled-back-${id}`;
}

/** The id of a recovery that begins at `now`: sorts by time, to the second. */
export function inPlaceId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
