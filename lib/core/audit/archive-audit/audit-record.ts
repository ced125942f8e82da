import { z } from 'zod';
import { Instant } from '../../store/records.ts';

const Count = z.int().nonnegative();
const SegmentName = z.string().regex(/^[0-9A-F]{24}$/);
const LsnText = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

/** Something that an audit has to say about the store. */
export const AuditFinding = z.object({
  /** Of the runbook's chapter. */
  code: z.string().min(1),
  /** Key of the object, or name of the segment or backup. */
  object: z.string(),
  detail: z.string(),
  /** `fault`: somebody must look. `note`: nothing to do, and good to know. */
  severity: z.enum(['fault', 'note']),
});
export type AuditFinding = z.output<typeof AuditFinding>;

/** Objects, and the bytes that they take. */
export const Stored = z.object({ objects: Count, bytes: Count });
export type Stored = z.output<typeof Stored>;

/** Findings, the first of so many. */
export const Findings = z.object({ listed: z.array(AuditFinding), more: Count });

/** What a stretch of a listing amounts to; see `lane-tally.ts`. */
export const TallyRecord = Stored.extend({
  /** Consecutive segments, both ends included. */
  runs: z.array(z.tuple([SegmentName, SegmentName])),
  /** Timelines whose history is there. */
  histories: z.array(z.int().positive()),
  /** Keys that are nothing's, the first of them. */
  strangers: z.array(z.string()),
  moreStrangers: Count,
  newestAt: Instant.optional(),
});
export type TallyRecord = z.output<typeof TallyRecord>;

/** How far `wal/` or `wal-index/` was listed. */
export const LaneRecord = z.object({
  /** All up to here is old: it is not listed again before the next full pass. */
  settled: TallyRecord,
  settledTo: z.string().optional(),
  /** What came after; listed again each time. Only of a pass that was not completed. */
  rest: TallyRecord.optional(),
  readTo: z.string().optional(),
});
export type LaneRecord = z.output<typeof LaneRecord>;

/** A folder below `base/` whose record is whole, and whose objects are all there. */
export const WholeBackup = Stored.extend({
  id: z.string().min(1),
  timeline: z.int().positive(),
  startLsn: LsnText,
  stopLsn: LsnText,
  startSegment: SegmentName,
  stopSegment: SegmentName,
  startedAt: Instant,
  finishedAt: Instant,
  /** Of its folder: objects that its record does not name, and such. */
  findings: z.array(AuditFinding),
});
export type WholeBackup = z.output<typeof WholeBackup>;

/** Any other folder below `base/`. */
export const BrokenBackup = Stored.extend({
  id: z.string().min(1),
  code: z.string(),
  object: z.string(),
  reason: z.string(),
  /** When the newest of its objects came. */
  newestAt: Instant,
});
export type BrokenBackup = z.output<typeof BrokenBackup>;

/** All that is known of the listing so far, from which the next audit goes on. */
export const AuditState = z.object({
  /** What lies neither below `base/` nor `wal/` nor `wal-index/`. */
  other: Stored.extend({ tail: Stored, strangers: z.array(z.string()), moreStrangers: Count }),
  otherTo: z.string().optional(),
  whole: z.array(WholeBackup),
  broken: z.array(BrokenBackup),
  /** Objects directly below `base/`. */
  strays: z.array(z.string()),
  /** Id of the last backup that was read. */
  baseTo: z.string().optional(),
  /** Backups that were whole once, and since when they are not: until retention lets them go. */
  known: z.array(z.object({ id: z.string().min(1), goneSince: Instant.optional() })),
  index: LaneRecord,
  wal: LaneRecord,
  hidden: z.object({
    /** Let go by retention: on their way out, and still there. */
    expiring: Stored,
    findings: z.array(AuditFinding),
    more: Count,
    to: z.string().optional(),
  }),
});
export type AuditState = z.output<typeof AuditState>;

/** What is left to look at in a pass, in this order. */
export const Stage = z.enum(['other', 'base', 'index', 'wal', 'hidden', 'done']);
export type Stage = z.output<typeof Stage>;

/** What an audit measured. */
export const AuditFigures = z.object({
  /** The newest commit that the store alone could bring back; absent when there is none. */
  recoverablePoint: z.object({ lsn: LsnText, time: Instant, ageSec: z.number() }).optional(),
  windows: z.array(
    z.object({
      backupId: z.string(),
      timeline: z.int().positive(),
      fromTime: Instant,
      fromLsn: LsnText,
      toTime: Instant,
      toLsn: LsnText,
    }),
  ),
  /** Holes that nobody has acknowledged, and those that somebody has. */
  gaps: Count,
  knownGaps: Count,
  restorableBackups: Count,
  /** Every moment of so many days back can be recovered. */
  windowDays: z.number(),
  /** So many days less than the policy wants, and than there once were. */
  windowShortDays: z.number(),
  /** The earliest moment that could ever be recovered without a break up to now. */
  reachSince: Instant.optional(),
  /** Segments without an index: a recovery to a point in them reads them whole. */
  missingIndexes: Count,
  stored: z.object({ wal: Stored, index: Stored, base: Stored, tail: Stored, other: Stored }),
  /** Bytes at the end of earlier days, oldest first, this audit's last. */
  totals: z.array(z.object({ at: Instant, bytes: Count })),
  growthBytesPerDay: z.number(),
  /** Within so many days every byte was read, or had come; since the lineage began when nobody reads any. */
  unreadDays: z.number().optional(),
  /** By the newest audit of hashes; absent before the first. */
  hashes: z
    .object({
      /** Within so many days every byte was read, or had come. */
      ageDays: z.number(),
      corruptObjects: Count,
      /** Stored bytes that it read. */
      readBytes: Count,
    })
    .optional(),
});
export type AuditFigures = z.output<typeof AuditFigures>;

/** `audit/<id>.json`: what one audit saw, and where the next one goes on. Write-once. */
export const AuditRecord = z.object({
  /** The moment, as an occurrence's id. */
  id: z.string().regex(/^\d{8}T\d{6}Z$/),
  at: Instant,
  /** What was looked at. Records come along to the copy in another region, and say nothing of it. */
  store: z.string().min(1).optional(),
  /** `full`: all was listed. `incremental`: what is new, on top of an earlier full pass. */
  pass: z.enum(['full', 'incremental']),
  /** When this pass began: earlier than `at` for one that took several audits. */
  startedAt: Instant,
  /** When the last full pass began that was completed; absent before the first. */
  fullAt: Instant.optional(),
  /** `done`, or where the next audit goes on. */
  stage: Stage,
  /** Of the newest completed pass. */
  figures: AuditFigures.optional(),
  findings: Findings,
  state: AuditState,
});
export type AuditRecord = z.output<typeof AuditRecord>;
