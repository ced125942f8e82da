import { OpsError } from '../errors/ops-error.ts';

interface Named {
  readonly name: string;
  readonly timeline: number;
}

/** A whole WAL segment. */
export interface SegmentFile extends Named {
  readonly kind: 'segment';
}

/** A timeline's history. */
export interface HistoryFile extends Named {
  readonly kind: 'history';
}

/** The last, unfinished segment of a timeline that a promotion left. */
export interface PartialFile extends Named {
  readonly kind: 'partial';
  /** Name of the segment it is a part of. */
  readonly segment: string;
}

/** The history of a base backup; its name holds the offset of the start in the segment. */
export interface BackupFile extends Named {
  readonly kind: 'backup';
  /** Name of the segment in which the backup starts. */
  readonly segment: string;
}

/** A file that PostgreSQL's archiver offers. */
export type ArchiveFile = SegmentFile | HistoryFile | PartialFile | BackupFile;

const ARCHIVE_FILE =
  /^(?<timeline>[0-9A-F]{8})(?:(?<history>\.history)|[0-9A-F]{16}(?:(?<partial>\.partial)|(?<backup>\.[0-9A-F]{8}\.backup))?)$/;
const HISTORY_NAME = /^[0-9A-F]{8}\.history$/;
const TIMELINE_DIGITS = 8;
const SEGMENT_DIGITS = 24;

/**
 * What `name`, as given to `archive_command` by `%f`, stands for.
 *
 * @throws {@link OpsError} `WAL-NAME` for any name but those of a segment, a timeline history, a
 *   partial segment and a backup history, and for timeline 0.
 * @see PostgreSQL IsXLogFileName and its neighbours, src/include/access/xlog_internal.h
 * @example parseArchiveFile('00000002.history') // { kind: 'history', name: '00000002.history', timeline: 2 }
 */
export function parseArchiveFile(name: string): ArchiveFile {
  const groups = ARCHIVE_FILE.exec(name)?.groups;
  const timeline = Number.parseInt(name.slice(0, TIMELINE_DIGITS), 16);
  if (groups === undefined || timeline === 0) {
    throw new OpsError('WAL-NAME', `${JSON.stringify(name)} is not a name PostgreSQL archives`, {
      hint: 'archive_command must pass %f itself: a segment, .history, .partial or .backup file',
      details: { name },
    });
  }
  if (groups['history'] !== undefined) return { kind: 'history', name, timeline };
  const segment = name.slice(0, SEGMENT_DIGITS);
  if (groups['partial'] !== undefined) return { kind: 'partial', name, timeline, segment };
  if (groups['backup'] !== undefined) return { kind: 'backup', name, timeline, segment };
  return { kind: 'segment', name, timeline };
}

/** Name of the history of `timeline`. */
export function historyName(timeline: number): string {
  return `${timeline.toString(16).toUpperCase().padStart(TIMELINE_DIGITS, '0')}.history`;
}

/**
 * Orders names as PostgreSQL archives them: histories first, oldest timeline first, so that no
 * segment of a timeline precedes its history; then by their bytes.
 *
 * @see PostgreSQL ready_file_comparator, src/backend/postmaster/pgarch.c
 */
export function compareForArchiving(a: string, b: string): number {
  const rank = Number(HISTORY_NAME.test(b)) - Number(HISTORY_NAME.test(a));
  if (rank !== 0 || a === b) return rank;
  return a < b ? -1 : 1;
}
