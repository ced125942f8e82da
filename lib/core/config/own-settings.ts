import type { SettingValues } from './host-config.ts';

/** Settings of PostgreSQL that Holdfast keeps for itself: the archive, the host or its safety depends on them. */
export const OWN_SETTINGS: ReadonlySet<string> = new Set([
  'archive_mode',
  'archive_command',
  'archive_library',
  'restore_command',
  'fsync',
  'full_page_writes',
  'config_file',
  'data_directory',
  'hba_file',
  'ident_file',
  'ssl',
  'ssl_cert_file',
  'ssl_key_file',
  'ssl_ca_file',
  'password_encryption',
  'listen_addresses',
  'port',
  'unix_socket_directories',
  // Off would keep "holdfast init" from setting the archive_command.
  'allow_alter_system',
  // After a failed flush the kernel may have dropped the pages: only a replay of the WAL has them.
  'data_sync_retry',
  'zero_damaged_pages',
  'ignore_checksum_failure',
  // Directives: each could bring in any of the others.
  'include',
  'include_dir',
  'include_if_exists',
]);

/** What is wrong with one setting of a person's. */
export interface SettingFault {
  readonly name: string;
  /** Goes on where the name has been said. */
  readonly message: string;
}

const NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/;
const LINE_BREAK = /[\n\r\0]/;

/**
 * What keeps settings from being written into a postgresql.conf of a host, one fault for each name.
 *
 * @see https://www.postgresql.org/docs/current/config-setting.html
 */
export function settingFaults(settings: SettingValues): readonly SettingFault[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const message = faultOf(name, value);
    return message === undefined ? [] : [{ name, message }];
  });
}

function faultOf(name: string, value: string | number | boolean): string | undefined {
  if (!NAME.test(name)) return 'is no name of a setting';
  if (LINE_BREAK.test(String(value))) return 'has a line break';
  if (OWN_SETTINGS.has(name)) {
    return 'is up to Holdfast: the archive, the host or its safety depends on it';
  }
  if (name === 'wal_level' && value === 'minimal') {
    return 'minimal leaves nothing to archive: use replica or logical';
  }
  return undefined;
}
