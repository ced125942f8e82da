import { OpsError } from '../errors/ops-error.ts';
import { isSegmentName } from '../wal/segment.ts';
import { type Lsn, parseLsn } from '../wal/lsn.ts';

/** Its name in the data directory, and of the first member of a base backup. */
export const BACKUP_LABEL_FILE = 'backup_label';

/** What `backup_label` says of the start of a backup. */
export interface BackupLabel {
  /** Replay starts here: the redo position of the backup's checkpoint. */
  readonly startLsn: Lsn;
  readonly checkpointLsn: Lsn;
  /** The segment that holds `startLsn`: the first one a restore needs. */
  readonly startSegment: string;
  readonly timeline: number;
  readonly from: 'primary' | 'standby';
}

/**
 * Reads a `backup_label`.
 *
 * Its START TIME is left alone: it is in the server's log time zone, under an abbreviation that
 * does not name an offset.
 *
 * @throws {@link OpsError} `BACKUP-LABEL` when a line is missing or malformed, or the backup is
 *   incremental.
 * @see PostgreSQL build_backup_content, src/backend/access/transam/xlogbackup.c
 */
export function parseBackupLabel(text: string): BackupLabel {
  const [start, startSegment] = capture(
    text,
    /^START WAL LOCATION: ([0-9A-F]{1,8}\/[0-9A-F]{1,8}) \(file ([0-9A-F]{24})\)$/m,
  );
  const [checkpoint] = capture(text, /^CHECKPOINT LOCATION: ([0-9A-F]{1,8}\/[0-9A-F]{1,8})$/m);
  const [from] = capture(text, /^BACKUP FROM: (primary|standby)$/m);
  const [timeline] = capture(text, /^START TIMELINE: ([1-9]\d{0,9})$/m);
  if (/^INCREMENTAL FROM LSN: /m.test(text)) {
    throw invalid('belongs to an incremental backup', 'only full backups are taken');
  }
  if (!isSegmentName(startSegment) || !startSegment.startsWith(timelinePrefix(timeline))) {
    throw invalid(`names segment ${startSegment} on timeline ${timeline}`);
  }
  return {
    startLsn: parseLsn(start),
    checkpointLsn: parseLsn(checkpoint),
    startSegment,
    timeline: Number(timeline),
    from: from === 'standby' ? 'standby' : 'primary',
  };
}

function capture(text: string, line: RegExp): [string, string] {
  const match = line.exec(text);
  if (match === null) throw invalid(`has no line ${line.source}`);
  return [match[1] ?? '', match[2] ?? ''];
}

function timelinePrefix(timeline: string): string {
  return Number(timeline).toString(16).toUpperCase().padStart(8, '0');
}

function invalid(
  what: string,
  hint = 'the stream is not a base backup of PostgreSQL 15 or later',
): OpsError {
  return new OpsError('BACKUP-LABEL', `${BACKUP_LABEL_FILE} ${what}`, { hint });
}
