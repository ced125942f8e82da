import { z } from 'zod';
import { CLUSTER_ID } from '../contract/key-layout.ts';
import { formatLsn, parseLsn } from '../wal/lsn.ts';

const Lsn = z.codec(z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/), z.bigint(), {
  decode: (text) => parseLsn(text),
  encode: (lsn) => formatLsn(lsn),
});
const Instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});
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
});
export type WriterRecord = z.output<typeof WriterRecord>;

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
  /** Tablespaces besides pg_default and pg_global. */
  tablespaces: z.array(z.object({ oid: z.string(), name: z.string(), location: z.string() })),
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
});
export type BackupRecord = z.output<typeof BackupRecord>;

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
