import type { BaseBackupOutcome, BaseBackupStart } from '../../ports/base-backup-source.ts';
import { TABLESPACES_FOLDER } from '../../ports/data-directory.ts';
import type { ServerReport } from './server-messages.ts';

/** What the server remarks while it sends a copy. */
export interface BaseBackupReports {
  add(notice: ServerReport): void;
  outcome(): BaseBackupOutcome;
}

const KEPT_PATHS = 1_000;
/** Functions of the server that warn of a path left out, and of a damaged page. */
const SKIPS = 'sendDir';
const DATA_FILE = /(?:base\/\d+|global|PG_\d+_\d+\/\d+)\/\d+(?:_[a-z]+)?(?:\.\d+)?/;
/** From a path below the data directory to the quotation mark that ends it in any language. */
const QUOTED_PATH = /\.\/(.*?)[\s"'«»„“”’]*$/su;
const DATA_CORRUPTED = 'XX001';

/**
 * Collects warnings of a base backup; memory stays bounded however many there are.
 *
 * @see PostgreSQL sendDir, sendFile and perform_base_backup, src/backend/backup/basebackup.c
 */
export function baseBackupReports(tablespaces: BaseBackupStart['tablespaces']): BaseBackupReports {
  const damaged = new Set<string>();
  const skipped = new Set<string>();
  const keep = (paths: Set<string>, path: string): void => {
    if (paths.size < KEPT_PATHS) paths.add(path);
  };
  return {
    add: ({ routine, message }) => {
      if (routine === SKIPS) keep(skipped, QUOTED_PATH.exec(message)?.[1] ?? message);
      const file = dataFile(message, tablespaces);
      if (routine !== SKIPS && file !== undefined) keep(damaged, file);
    },
    outcome: () => ({ checksumFailures: [...damaged], skipped: [...skipped] }),
  };
}

/** Whether the server ends a copy that is whole with this, because pages have a wrong checksum. */
export function isChecksumError({ sqlState, routine }: ServerReport): boolean {
  return sqlState === DATA_CORRUPTED && routine === 'perform_base_backup';
}

/** The warnings are in the server's language: only the path in them can be relied on. */
function dataFile(
  message: string,
  tablespaces: BaseBackupStart['tablespaces'],
): string | undefined {
  const file = DATA_FILE.exec(message)?.[0];
  if (file === undefined || !file.startsWith('PG_')) return file;
  const home = tablespaces.find(({ location }) => message.includes(`${location}/${file}`));
  return home === undefined ? file : `${TABLESPACES_FOLDER}/${home.oid}/${file}`;
}
