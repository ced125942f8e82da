import { OpsError } from '../../errors/ops-error.ts';

/** What ends a line, or a string in C. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x1f\x7f]/;

/**
 * A line `name = value` of pgbouncer.ini. There the rest of the line is the value, and nothing is
 * quoted: only what would end the line, or be trimmed, cannot be said.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for a control character, or space at an end.
 * @see libusual cf_load_file, usual/cfparser.c
 */
export function iniLine(name: string, value: string | number): string {
  const text = oneLine(String(value), name);
  if (text.trim() !== text) throw unspeakable(name, 'space at an end');
  return `${name} = ${text}`;
}

/**
 * A value within a connection string of `[databases]`: quoted, quotes doubled.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for a control character.
 * @see PgBouncer cstr_unquote_value, src/util.c
 * @example connectionValue("o'clock") // "'o''clock'"
 */
export function connectionValue(value: string): string {
  return `'${oneLine(value, 'a connection string').replaceAll("'", "''")}'`;
}

/**
 * A user's line of the file of users: both quoted, quotes doubled.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for a control character.
 * @see https://www.pgbouncer.org/config.html#authentication-file-format
 * @example userLine('me', 'say "please"') // '"me" "say ""please"""'
 */
export function userLine(user: string, secret: string): string {
  return [user, secret]
    .map((field) => `"${oneLine(field, 'the file of users').replaceAll('"', '""')}"`)
    .join(' ');
}

function oneLine(text: string, where: string): string {
  if (CONTROL.test(text)) throw unspeakable(where, 'a control character');
  return text;
}

/** Tells the place alone: the value may be a password. */
function unspeakable(where: string, what: string): OpsError {
  return new OpsError('CONFIG-INVALID', `a value for ${where} of the pooler has ${what}`, {
    hint: 'correct the configuration of the cluster, and deploy it again',
  });
}
