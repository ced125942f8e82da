import { createHash } from 'node:crypto';
import { z } from 'zod';
import { OpsError } from '../errors/ops-error.ts';
import { type Lsn, parseLsn } from '../wal/lsn.ts';

/** Its name in the data directory, and of the last member of a base backup. */
export const BACKUP_MANIFEST_FILE = 'backup_manifest';

/** WAL needed to make the copy consistent, on one timeline. */
export interface WalRange {
  readonly timeline: number;
  readonly startLsn: Lsn;
  readonly endLsn: Lsn;
}

/** Reads a manifest of any size as it goes by, keeping its two ends only. */
export interface ManifestReader {
  add(bytes: Uint8Array): void;
  /**
   * Ends it.
   *
   * @throws {@link OpsError} `BACKUP-MANIFEST` when its version is unknown, its own checksum is
   *   wrong, or its WAL ranges cannot be read.
   */
  result(): { readonly walRanges: readonly WalRange[] };
}

/** 17 writes version 2, earlier releases 1; what is read here is the same in both. */
const KNOWN_VERSIONS = ['1', '2'];
const HEAD_BYTES = 256;
/** Room for hundreds of WAL ranges; one is the rule. */
const TAIL_BYTES = 64 * 1024;

const Tail = z.object({
  'WAL-Ranges': z
    .array(
      z.object({ Timeline: z.int().positive(), 'Start-LSN': z.string(), 'End-LSN': z.string() }),
    )
    .min(1),
  'Manifest-Checksum': z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Reads `backup_manifest` as a stream and verifies its checksum, which covers everything before the
 * last line.
 *
 * @see PostgreSQL backup manifest format, https://www.postgresql.org/docs/current/backup-manifest-format.html
 */
export function manifestReader(): ManifestReader {
  const beforeTail = createHash('sha256');
  let head: Uint8Array = new Uint8Array();
  let tail: Buffer = Buffer.alloc(0);

  return {
    add: (bytes) => {
      if (head.byteLength < HEAD_BYTES) {
        head = Buffer.concat([head, bytes.subarray(0, HEAD_BYTES - head.byteLength)]);
      }
      tail = Buffer.concat([tail, bytes]);
      const surplus = Math.max(0, tail.byteLength - TAIL_BYTES);
      beforeTail.update(tail.subarray(0, surplus));
      tail = tail.subarray(surplus);
    },
    result: () => {
      assertVersion(Buffer.from(head).toString('latin1'));
      const ranges = tail.lastIndexOf('"WAL-Ranges"');
      const lastLine = tail.lastIndexOf('"Manifest-Checksum"');
      if (ranges < 0 || lastLine < ranges) throw invalid('does not end as a manifest does');
      const fields = parseTail(tail.subarray(ranges).toString('utf8'));
      const checksum = beforeTail.update(tail.subarray(0, lastLine)).digest('hex');
      if (checksum !== fields['Manifest-Checksum'])
        throw invalid('does not match its own checksum');
      return {
        walRanges: fields['WAL-Ranges'].map((range) => ({
          timeline: range.Timeline,
          startLsn: parseLsn(range['Start-LSN']),
          endLsn: parseLsn(range['End-LSN']),
        })),
      };
    },
  };
}

function assertVersion(head: string): void {
  const version = /^\{ "PostgreSQL-Backup-Manifest-Version": (\d+),/.exec(head)?.[1];
  if (version !== undefined && KNOWN_VERSIONS.includes(version)) return;
  throw invalid(`has version ${version ?? 'none'}, known are ${KNOWN_VERSIONS.join(' and ')}`);
}

function parseTail(text: string): z.output<typeof Tail> {
  try {
    return Tail.parse(JSON.parse(`{${text}`));
  } catch (cause) {
    throw invalid('has WAL ranges that cannot be read', cause);
  }
}

function invalid(what: string, cause?: unknown): OpsError {
  return new OpsError('BACKUP-MANIFEST', `${BACKUP_MANIFEST_FILE} ${what}`, {
    cause,
    hint: 'the stream was damaged, or this PostgreSQL is newer than Holdfast: take the backup again',
  });
}
