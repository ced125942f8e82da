import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What `pg_basebackup` said on its standard error. */
export interface BaseBackupMessages {
  /** The last lines, oldest first. */
  readonly lastLines: readonly string[];
  /** Whether it ended with an error only because pages had a wrong checksum: the copy is whole. */
  readonly hasChecksumError: boolean;
  /** Data files that its messages name, 1,000 at most. */
  readonly dataFiles: readonly string[];
}

const KEPT_LINES = 8;
const KEPT_FILES = 1_000;
/** The program's own words, in English because of LC_ALL=C. */
const CHECKSUM_ERROR = 'checksum error occurred';
/** The warnings are the server's, in its language: only the path in them can be relied on. */
const DATA_FILE = /(?:base\/\d+|global|pg_tblspc\/\d+\/\w+\/\d+)\/\d+(?:_[a-z]+)?(?:\.\d+)?/;

/**
 * Reads the messages to their end; memory stays bounded however many there are.
 *
 * @see PostgreSQL BaseBackup, src/bin/pg_basebackup/pg_basebackup.c
 */
export async function readMessages(stderr: Readable): Promise<BaseBackupMessages> {
  const lastLines: string[] = [];
  const dataFiles = new Set<string>();
  let hasChecksumError = false;
  for await (const line of createInterface({ input: stderr })) {
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    hasChecksumError ||= line.includes(CHECKSUM_ERROR);
    const file = DATA_FILE.exec(line)?.[0];
    if (file !== undefined && dataFiles.size < KEPT_FILES) dataFiles.add(file);
  }
  return { lastLines, hasChecksumError, dataFiles: [...dataFiles] };
}
