import { SOCKETS, TLS_DIRECTORY } from '../../contract/host-paths.ts';
import type { SettingRow } from './facts.ts';

/** What nobody may override: see OWN_SETTINGS. */
export const OWN_ROWS: readonly SettingRow[] = [
  { name: 'archive_mode', value: 'on', why: 'everything that is committed goes to the archive' },
  {
    name: 'listen_addresses',
    value: '*',
    why: 'in its container; pg_hba.conf and the security group say who gets in',
  },
  {
    name: 'unix_socket_directories',
    value: SOCKETS,
    why: "shared with Holdfast's own containers, and the superuser's only way in",
  },
  { name: 'ssl', value: 'on', why: 'pg_hba.conf lets nobody in without' },
  {
    name: 'ssl_cert_file',
    value: `${TLS_DIRECTORY}/server.crt`,
    why: 'made and renewed by the host',
  },
  { name: 'ssl_key_file', value: `${TLS_DIRECTORY}/server.key`, why: 'never leaves the host' },
  {
    name: 'password_encryption',
    value: 'scram-sha-256',
    why: 'the only kind of password that pg_hba.conf takes',
  },
];

/** Safe, and a person may still choose otherwise: an older client, for instance. */
export const TLS_ROWS: readonly SettingRow[] = [
  { name: 'ssl_min_protocol_version', value: 'TLSv1.2', why: 'older ones are broken' },
];
