import { z } from 'zod';
import { CLUSTER_ID } from '../contract/key-layout.ts';
import { formatLsn, parseLsn } from '../wal/lsn.ts';
import { formatMicros, parseMicros } from '../wal/micros.ts';

const Lsn = z.codec(z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/), z.bigint(), {
  decode: (text) => parseLsn(text),
  encode: (lsn) => formatLsn(lsn),
});
/** A moment to the millisecond. */
export const Instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});
/** A moment to the microsecond, as PostgreSQL's own clock. */
const Moment = z.codec(
  z.string().refine((text) => parseMicros(text) !== undefined),
  z.bigint(),
  { decode: (text) => parseMicros(text) ?? 0n, encode: (micros) => formatMicros(micros) },
);
const Bytes = z.codec(
  z.base64(),
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  {
    decode: (text) => Buffer.from(text, 'base64'),
    encode: (bytes) => Buffer.from(bytes).toString('base64'),
  },
);
const Count = z.int().nonnegative();
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const SegmentName = z.string().regex(/^[0-9A-F]{24}$/);
const SystemIdentifier = z.string().regex(/^\d{1,20}$/);

/** `identity.json`: what a lineage is. Write-once. */
export const IdentityRecord = z.object({
  cluster: z.string().regex(CLUSTER_ID),
  systemIdentifier: SystemIdentifier,
  major: z.int().min(10),
  /** `wal_segment_size` in bytes. */
  segmentBytes: Count,
  createdAt: Instant,
});
export type IdentityRecord = z.output<typeof IdentityRecord>;

/** `writer/<epoch>.json`: who may archive from here on. Write-once; the highest epoch wins. */
export const WriterRecord = z.object({
  epoch: z.int().positive(),
  /** The machine: its machine id, or the instance id on AWS. */
  instance: z.string().min(1),
  /** The volume under the data directory. */
  volume: z.string().min(1),
  /** Inode of the data directory, in decimal. */
  dataDirInode: z.string().min(1),
  timeline: z.int().positive(),
  since: Instant,
  /** What gave it the right; absent in records of before this was kept. */
  by: z.enum(['first', 'promotion', 'boot', 'take-over', 'in-place', 'rollback']).optional(),
});
export type WriterRecord = z.output<typeof WriterRecord>;

/** `gap/<id>.json`: WAL that cannot be replayed, acknowledged by a human. Write-once. */
export const GapRecord = z.object({
  /** `<first segment>-<kind>`. */
  id: z.string().regex(/^[0-9A-F]{24}-(missing|poisoned)$/),
  /**
   * `missing`: the segments can never come. `poisoned`: what the store has under their names was
   * written by another history than this server's.
   */
  kind: z.enum(['missing', 'poisoned']),
  timeline: z.int().positive(),
  firstSegment: SegmentName,
  /** Included. */
  lastSegment: SegmentName,
  reason: z.string().min(1),
  /** Who acknowledged it. */
  by: z.string().min(1),
  at: Instant,
  /** Of the writer for whom it was acknowledged. */
  epoch: z.int().positive(),
});
export type GapRecord = z.output<typeof GapRecord>;

/** `gap/<id>-anchor.json`: recovery is possible again from this backup on. Write-once. */
export const GapAnchor = z.object({
  gapId: z.string().min(1),
  backupId: z.string().min(1),
  at: Instant,
});
export type GapAnchor = z.output<typeof GapAnchor>;

/** Where a record lies: its first byte, and the first after it as PostgreSQL counts it. */
const Place = z.object({ lsn: Lsn, endLsn: Lsn });
const Transaction = Place.extend({ time: Moment, xid: Count });

/** `wal-index/<timeline>/<segment>.json`: what one segment's records tell, read by itself. Write-once. */
export const SegmentIndexRecord = z.object({
  /** End of the last record that ends here; the segment's start when none does. */
  endLsn: Lsn,
  /** Start of the last record that begins here. */
  lastRecordLsn: Lsn.optional(),
  /** Of the records that lie in this segment whole, as all that follows. */
  firstCommit: Transaction.optional(),
  lastCommit: Transaction.optional(),
  /** Latest time at which a transaction ended, by commit or abort: where a target by time may stop. */
  latestEnd: Moment.optional(),
  /** Transactions that ended, as ranges with both ends. */
  xids: z.array(z.tuple([Count, Count])),
  restorePoints: z.array(Place.extend({ name: z.string(), time: Moment })),
  /** Promotions: the first record of the new timeline. */
  switches: z.array(Place.extend({ from: Count, to: Count })),
  tablespaces: z.array(Place.extend({ oid: Count, location: z.string() })),
  /** Limits with which a server was started, by the names of their settings; absent when none was. */
  limits: z.array(Place.extend({ limits: z.record(z.string(), Count) })).optional(),
  /** Whether the lists name everything; else they were cut short, and only the segment tells. */
  complete: z.boolean(),
  /** The rest of a record that began in the segment before, with its first bytes here. */
  head: z
    .object({
      bytes: Bytes,
      remainingBytes: Count,
      passedBytes: Count,
      /** Absent when the record goes on behind this segment too. */
      endLsn: Lsn.optional(),
    })
    .optional(),
  /** The start of a record that goes on in the next segment, with its first bytes. */
  tail: z.object({ lsn: Lsn, bytes: Bytes, totalBytes: Count, passedBytes: Count }).optional(),
});
export type SegmentIndexRecord = z.output<typeof SegmentIndexRecord>;

/** One object of a base backup whose hashes stand here, because it was streamed. */
const StreamedObject = z.object({
  /** Below the backup's own prefix. */
  name: z.string().min(1),
  /** Bytes before compression. */
  plainBytes: Count,
  storedBytes: Count,
  plainSha256: Sha256,
  storedSha256: Sha256,
});

/** One part: a complete tar, compressed as a sequence of zstd frames. */
const PartRecord = StreamedObject.extend({
  /** Files and directories in the tar. */
  members: Count,
  /** Stored and plain bytes of each frame, in order. */
  frames: z.array(z.tuple([Count, Count])),
});
export type PartRecord = z.output<typeof PartRecord>;

/** `base/<id>/backup.json`: the catalogue record, written last. */
export const BackupRecord = z.object({
  id: z.string().min(1),
  kind: z.literal('full'),
  cluster: z.string().regex(CLUSTER_ID),
  systemIdentifier: SystemIdentifier,
  major: z.int().min(10),
  segmentBytes: Count,
  timeline: z.int().positive(),
  /** From backup_label: replay starts here. */
  startLsn: Lsn,
  /** From the manifest: the copy is consistent from here on. */
  stopLsn: Lsn,
  startSegment: SegmentName,
  stopSegment: SegmentName,
  /** By the server's clock. */
  startedAt: Instant,
  /** By the server's clock, after the backup's stop: the recovery window starts here. */
  finishedAt: Instant,
  /** Plain bytes of all parts and the manifest. */
  bytes: Count,
  storedBytes: Count,
  parts: z.array(PartRecord).min(1),
  manifest: StreamedObject,
  /** Tablespaces besides pg_default and pg_global; their files are below `pg_tblspc/<oid>`. */
  tablespaces: z.array(
    z.object({
      oid: z.string(),
      name: z.string(),
      /** Absolute; relative to the data directory for one within it. */
      location: z.string(),
      /** Plain bytes of its files. */
      bytes: Count.default(0),
    }),
  ),
  /** As `SHOW server_version` gives it. */
  serverVersion: z.string(),
  /** Effective settings that a restore must know. */
  settings: z.record(z.string(), z.string()),
  /** Per database: locale, its provider and the collation version recorded. */
  collations: z.array(
    z.object({
      database: z.string(),
      collate: z.string(),
      ctype: z.string(),
      provider: z.string(),
      version: z.string().nullable(),
    }),
  ),
  /** Files in which the server found pages with a wrong checksum while it copied them. */
  checksumFailures: z.array(z.string()),
  /** What the server left out of the copy, because it is a link or no file: configuration, mostly. */
  skipped: z.array(z.string()).default([]),
});
export type BackupRecord = z.output<typeof BackupRecord>;
/** A record without its parts, whose list grows with the database. */
export type BackupSummary = Omit<BackupRecord, 'parts'>;
/** What of a backup decides how far it can recover: its place in WAL, and when it ended. */
export type BackupPlace = Pick<
  BackupRecord,
  | 'id'
  | 'timeline'
  | 'segmentBytes'
  | 'startLsn'
  | 'stopLsn'
  | 'startSegment'
  | 'stopSegment'
  | 'startedAt'
  | 'finishedAt'
>;

/** `lease/<kind>.json`: who is at work. Replaced by If-Match, never deleted. */
export const LeaseRecord = z.object({
  holder: z.string().min(1),
  /** Grows by one with every holder. */
  fence: z.int().positive(),
  expiresAt: Instant,
  /** SHA-256 over the other fields. */
  check: Sha256,
});
export type LeaseRecord = z.output<typeof LeaseRecord>;
