import { describe, expect, test } from 'vitest';
import { PostgresSettings } from '../../../lib/infra/deployment/postgres-settings.ts';

function faultyNames(settings: unknown): readonly string[] {
  return (PostgresSettings.safeParse(settings).error?.issues ?? []).map(({ path }) =>
    path.join('.'),
  );
}

describe('settings of PostgreSQL', () => {
  test('may be text, numbers and yes or no', () => {
    const settings = { work_mem: '64MB', max_connections: 300, 'pg_stat_statements.track': 'all' };
    expect(PostgresSettings.parse({ ...settings, jit: false })).toEqual({
      ...settings,
      jit: false,
    });
  });

  test.each(['archive_mode', 'archive_command', 'restore_command'])(
    'refuse %s: the archive stands or falls on it',
    (name) => {
      expect(faultyNames({ [name]: 'on' })).toEqual([name]);
    },
  );

  test.each(['fsync', 'full_page_writes', 'zero_damaged_pages', 'ignore_checksum_failure'])(
    'refuse %s: what was committed would not be safe, or not be right',
    (name) => {
      expect(faultyNames({ [name]: 'off' })).toEqual([name]);
    },
  );

  test.each([
    'ssl',
    'ssl_cert_file',
    'password_encryption',
    'hba_file',
    'listen_addresses',
    'port',
  ])('refuse %s: the host sets it', (name) => {
    expect(faultyNames({ [name]: 'on' })).toEqual([name]);
  });

  test.each(['include', 'include_dir', 'include_if_exists'])(
    'refuse %s: the file could hold any of those',
    (name) => {
      expect(faultyNames({ [name]: '/data/more.conf' })).toEqual([name]);
    },
  );

  test('refuse every one of them at once', () => {
    expect(faultyNames({ fsync: 'off', port: 1, jit: 'on' })).toEqual(['fsync', 'port']);
  });

  test('refuse wal_level minimal, which leaves nothing to archive', () => {
    expect(faultyNames({ wal_level: 'minimal' })).toEqual(['wal_level']);
    expect(faultyNames({ wal_level: 'logical' })).toEqual([]);
  });

  test.each(['work_mem = 1GB\nfsync', 'Work_Mem', 'work mem', '', "include '/etc'"])(
    'refuse the name %j',
    (name) => {
      expect(faultyNames({ [name]: 'x' })).toEqual([name]);
    },
  );

  test.each(["x'\nfsync = off", 'x\r', 'x\0'])(
    'refuse the value %j, which would end its line',
    (value) => {
      expect(faultyNames({ application_name: value })).toEqual(['application_name']);
    },
  );
});
