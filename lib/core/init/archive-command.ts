import { OpsError } from '../errors/ops-error.ts';
import { quoteForShell } from '../shell/shell-word.ts';

/** File name of the archive script within the spool. */
export const ARCHIVE_SCRIPT = 'archive-command';

/**
 * The `archive_command` for a spool at `spool`.
 *
 * The script is sourced by the shell that PostgreSQL starts anyway, so a segment costs no second
 * interpreter. It takes only `%f`, a name: `%p` is a path and would need quoting that PostgreSQL
 * cannot give it. A script that ends without saying `exit`, for one because a crash of the machine
 * left it empty, must not look like success: hence the last words.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for a path that is relative or has a line break.
 * @see PostgreSQL BuildArchiveCommand, src/backend/archive/shell_archive.c: `%%` stands for `%`
 * @example archiveCommand('/var/spool/holdfast') // "set -- '/var/spool/holdfast' '%f'; . '/var/spool/holdfast/archive-command'; exit 1"
 */
export function archiveCommand(spool: string): string {
  if (!spool.startsWith('/') || /[\n\r\0]/.test(spool)) {
    throw new OpsError('CONFIG-INVALID', `${JSON.stringify(spool)} cannot be a spool`, {
      hint: 'give an absolute path without line breaks',
    });
  }
  const place = (path: string): string => quoteForShell(path).replaceAll('%', '%%');
  return `set -- ${place(spool)} '%f'; . ${place(`${spool}/${ARCHIVE_SCRIPT}`)}; exit 1`;
}

/** Whether `command` was made by {@link archiveCommand}, for whatever spool. */
export function isOwnArchiveCommand(command: string): boolean {
  return command.startsWith("set -- '") && command.includes(`/${ARCHIVE_SCRIPT}'`);
}
