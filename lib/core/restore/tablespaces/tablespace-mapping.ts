import { posix } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';

/** Where tablespaces go: the new place by the old one, both absolute and without a slash at the end. */
export type TablespaceMapping = ReadonlyMap<string, string>;

/** Leaves every tablespace unmapped. */
export const NO_MAPPING: TablespaceMapping = new Map();

/**
 * Reads `OLDDIR=NEWDIR` as `pg_basebackup --tablespace-mapping` does: an equals sign that belongs to
 * a path has a backslash before it.
 *
 * @throws {@link OpsError} `RESTORE-TABLESPACE` when one is malformed, relative, or maps an old place
 *   that another one maps.
 * @see PostgreSQL tablespace_list_append, src/bin/pg_basebackup/pg_basebackup.c
 * @example parseTablespaceMapping(['/mnt/fast=/srv/restored/fast'])
 */
export function parseTablespaceMapping(texts: readonly string[]): TablespaceMapping {
  const mapping = new Map<string, string>();
  for (const text of texts) {
    const sides = text.split(/(?<!\\)=/).map((side) => side.replaceAll('\\=', '='));
    const [from = '', to = ''] = sides;
    if (sides.length !== 2 || !posix.isAbsolute(from) || !posix.isAbsolute(to)) {
      throw malformed(`"${text}" is not OLDDIR=NEWDIR with two absolute paths`);
    }
    const old = canonical(from);
    if (mapping.has(old)) throw malformed(`${old} is mapped twice`);
    mapping.set(old, canonical(to));
  }
  return mapping;
}

/** The text that {@link parseTablespaceMapping} reads as this pair. */
export function formatTablespaceMapping(from: string, to: string): string {
  return [from, to].map((side) => side.replaceAll('=', '\\=')).join('=');
}

/** @see PostgreSQL canonicalize_path, src/port/path.c */
export function canonical(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function malformed(message: string): OpsError {
  return new OpsError('RESTORE-TABLESPACE', message, {
    hint: 'give --tablespace-mapping once for each: --tablespace-mapping /old/place=/new/place',
  });
}
