import type {
  FileSetting,
  RunningSettings,
  ServerSetting,
} from '../../host/apply/server-setting.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { ConnectionOptions } from './connection.ts';
import { onlyRow, type Session, withSession } from './sql-session.ts';

interface SettingRow extends Omit<ServerSetting, 'unit' | 'values'> {
  readonly unit: string | null;
  readonly values: readonly string[] | null;
}

interface FileRow extends FileSetting {
  readonly isAltered: boolean;
}

/**
 * What the server that `connection` reaches says of its configuration, in force and on disk. Needs a
 * superuser, or pg_read_all_settings and the right to read pg_file_settings.
 *
 * @throws {@link OpsError} `PG-CONNECT`, `PG-TIMEOUT`, `PG-FAILED`.
 * @see https://www.postgresql.org/docs/current/view-pg-file-settings.html
 */
export async function readRunningSettings(
  connection: ConnectionOptions,
  { signal }: CallOptions = {},
): Promise<RunningSettings> {
  return withSession(connection, { signal }, async (sql) => {
    const { version } = onlyRow(
      await sql<{ version: string }[]>`SELECT current_setting('server_version') AS version`,
    );
    const settings = await readSettings(sql);
    // What is overridden by a later line, or waits for a restart, is not "applied" and counts here too.
    const files = await sql<FileRow[]>`
      SELECT name, setting AS value, sourcefile LIKE '%/postgresql.auto.conf' AS "isAltered"
        FROM pg_file_settings
       WHERE name IS NOT NULL AND setting IS NOT NULL
       ORDER BY seqno`;
    const of = (wantsAltered: boolean): readonly FileSetting[] =>
      files
        .filter(({ isAltered }) => isAltered === wantsAltered)
        .map(({ name, value }) => ({ name, value }));
    return { version, settings, altered: of(true), written: of(false) };
  });
}

async function readSettings(sql: Session): Promise<readonly ServerSetting[]> {
  // setting is what this session sees, made readable: keep-alives of a unix socket would be 0.
  const rows = await sql<SettingRow[]>`
    SELECT name, coalesce(reset_val, '') AS value, unit, vartype AS type, context, source,
           coalesce(boot_val, '') AS "bootValue", pending_restart AS "pendingRestart",
           to_json(enumvals) AS values
      FROM pg_settings`;
  return rows.map(({ unit, values, ...row }) => ({
    ...row,
    unit: unit ?? undefined,
    values: values ?? [],
  }));
}
