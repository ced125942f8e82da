import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { archiveCommand } from '../../../../lib/core/init/archive-command.ts';
import { judged } from '../seen-facts.ts';

const SPOOL = '/var/spool/holdfast';
const GIVEN = { store: 'file:///store', cluster: 'orders', spool: SPOOL };

function withSetting(id: string, name: string, value: string): ReturnType<typeof judged> {
  return judged(id, { settings: new Map([[name, value]]), given: GIVEN });
}

describe('a setting', () => {
  test.each([
    ['wal-level', 'wal_level', 'replica', 'ok'],
    ['wal-level', 'wal_level', 'logical', 'ok'],
    ['wal-level', 'wal_level', 'minimal', 'fail'],
    ['archive-mode', 'archive_mode', 'on', 'ok'],
    ['archive-mode', 'archive_mode', 'off', 'fail'],
    ['archive-mode', 'archive_mode', 'always', 'fail'],
    ['archive-library', 'archive_library', '', 'ok'],
    ['archive-library', 'archive_library', 'basic_archive', 'fail'],
    ['archive-timeout', 'archive_timeout', '0', 'fail'],
    ['archive-timeout', 'archive_timeout', '1', 'ok'],
    ['archive-timeout', 'archive_timeout', '900', 'ok'],
    ['archive-timeout', 'archive_timeout', '901', 'warn'],
    ['fsync', 'fsync', 'off', 'fail'],
    ['full-page-writes', 'full_page_writes', 'off', 'fail'],
    ['synchronous-commit', 'synchronous_commit', 'off', 'warn'],
    ['synchronous-commit', 'synchronous_commit', 'local', 'ok'],
    ['preload-libraries', 'shared_preload_libraries', 'pg_stat_statements', 'ok'],
  ])('%s: %s = %s is %s', (id, name, value, status) => {
    const verdict = withSetting(id, name, value);
    expect(verdict).toMatchObject({ status });
    expect(verdict.fix === undefined).toBe(status === 'ok');
  });

  test('that takes a restart says so in its fix, and only then', () => {
    expect(withSetting('wal-level', 'wal_level', 'minimal').fix).toBe(
      `psql -c "ALTER SYSTEM SET wal_level = 'replica'"  # then restart PostgreSQL`,
    );
    expect(withSetting('fsync', 'fsync', 'off').fix).toBe(
      `psql -c "ALTER SYSTEM SET fsync = 'on'" -c "SELECT pg_reload_conf()"`,
    );
  });
});

describe('archive_command', () => {
  test('is ok for this spool, and for any when none was named', () => {
    const command = archiveCommand(SPOOL);
    expect(withSetting('archive-command', 'archive_command', command).status).toBe('ok');
    const settings = new Map([['archive_command', archiveCommand('/elsewhere')]]);
    expect(judged('archive-command', { settings }).status).toBe('ok');
  });

  test.each(['', '(disabled)', 'cp %p /mnt/%f', archiveCommand('/elsewhere')])(
    '%j fails, and init mends it',
    (command) => {
      const { status, fix } = withSetting('archive-command', 'archive_command', command);
      expect(status).toBe('fail');
      expect(fix).toMatch(/^holdfast init --store file:\/\/\/store --cluster orders --spool /);
      expect(fix?.includes('--replace-archive-command')).toBe(command.startsWith('cp'));
    },
  );

  test('of no other spool is ever ok', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[a-z/ %']{0,20}$/), (spool) => {
        const command = archiveCommand(spool);
        const { status } = withSetting('archive-command', 'archive_command', command);
        expect(status).toBe(spool === SPOOL ? 'ok' : 'fail');
      }),
    );
  });
});

describe('what only matters together with something else', () => {
  const slot = { name: 's', kind: 'physical', isActive: true, walStatus: 'reserved' } as const;

  test.each([
    ['-1', 0, 'ok'],
    ['-1', 1, 'warn'],
    ['0', 1, 'ok'],
    ['65536', 1, 'ok'],
  ])('max_slot_wal_keep_size = %s with %i slots is %s', (limit, slots, status) => {
    const verdict = judged('slot-cap', {
      settings: new Map([['max_slot_wal_keep_size', limit]]),
      slots: Array.from({ length: slots }, () => ({ ...slot, retainedBytes: 0 })),
    });
    expect(verdict.status).toBe(status);
  });

  test.each([
    [10, 8, 'ok'],
    [10, 9, 'warn'],
    [10, 10, 'fail'],
    [0, 0, 'fail'],
  ])('of %i connections for WAL %i in use is %s', (max, used, status) => {
    expect(judged('wal-senders', { senders: { max, used } }).status).toBe(status);
  });
});
