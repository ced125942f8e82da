import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Whole segments of a data directory by what PostgreSQL says of them. */
export interface ArchiveStatus {
  /** They wait. */
  readonly ready: readonly string[];
  /** They are in the store, as far as PostgreSQL was told. */
  readonly done: readonly string[];
}

/** Reads the marks in `pg_wal/archive_status`; those of histories and others are left out. */
export async function archiveStatus(dataDirectory: string): Promise<ArchiveStatus> {
  const marks = await readdir(join(dataDirectory, 'pg_wal', 'archive_status'));
  const marked = (end: string): readonly string[] =>
    marks
      .filter((mark) => mark.endsWith(end))
      .map((mark) => mark.slice(0, -end.length))
      .filter((name) => /^[0-9A-F]{24}$/.test(name));
  return { ready: marked('.ready'), done: marked('.done') };
}
