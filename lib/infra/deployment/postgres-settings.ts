import { z } from 'zod';

/** Settings on which the archive stands or falls: Holdfast sets these by itself. */
const OWN_SETTINGS = new Set([
  'archive_mode',
  'archive_command',
  'archive_library',
  'restore_command',
  'fsync',
  'full_page_writes',
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
  'zero_damaged_pages',
  'ignore_checksum_failure',
  // Directives: each could bring in any of the others.
  'include',
  'include_dir',
  'include_if_exists',
]);

/** Settings for postgresql.conf, above what the host works out from its memory and cores. */
export const PostgresSettings = z
  .record(
    z.string().regex(/^[a-z_][a-z0-9_.]*$/, 'is no name of a setting'),
    z.union([z.string().regex(/^[^\n\r\0]*$/, 'has a line break'), z.number(), z.boolean()]),
  )
  .superRefine((settings, context) => {
    for (const name of Object.keys(settings).filter((key) => OWN_SETTINGS.has(key))) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'is up to Holdfast: the archive, the host or its safety depends on it',
      });
    }
    if (settings['wal_level'] === 'minimal') {
      context.addIssue({
        code: 'custom',
        path: ['wal_level'],
        message: 'minimal leaves nothing to archive: use replica or logical',
      });
    }
  });
