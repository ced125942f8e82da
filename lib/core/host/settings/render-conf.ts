import { OpsError } from '../../errors/ops-error.ts';
import type { PlannedSetting } from './facts.ts';

const FORBIDDEN = /[\n\r\0]/;

/**
 * Text of a postgresql.conf, each line preceded by the reason for it.
 *
 * @throws {@link OpsError} `HOST-SETTINGS` for a value with a line break or a NUL, which no quotes hold.
 * @see https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-CONFIGURATION-FILE
 */
export function renderConf(settings: ReadonlyMap<string, Omit<PlannedSetting, 'origin'>>): string {
  return [...settings]
    .map(([name, { value, why }]) => `# ${why}\n${name} = ${quoted(name, value)}\n`)
    .join('');
}

/**
 * A value in quotes as PostgreSQL's scanner takes them: a backslash would begin an escape.
 *
 * @see PostgreSQL DeescapeQuotedString, src/backend/utils/misc/guc-file.l
 */
function quoted(name: string, value: string): string {
  if (FORBIDDEN.test(value)) {
    throw new OpsError('HOST-SETTINGS', `${name} has a line break: ${JSON.stringify(value)}`, {
      hint: 'write it in one line',
    });
  }
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
