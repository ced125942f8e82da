import { describe, expect, test } from 'vitest';
import type { ServerDescription } from '../../../../lib/core/ports/cluster-server.ts';
import type { RoleFacts, SessionFacts } from '../../../../lib/core/ports/server-inspector.ts';
import { judged } from '../seen-facts.ts';

const SESSION: SessionFacts = {
  user: 'watcher',
  isSuperuser: false,
  isMonitor: true,
  mayReplicate: true,
  maySwitchWal: true,
  isEncrypted: false,
  isLocal: true,
};
const BACKUP: RoleFacts = {
  name: 'holdfast_backup',
  mayLogin: true,
  mayReplicate: true,
  maySwitchWal: true,
  isMonitor: true,
};
const MONITOR: RoleFacts = {
  ...BACKUP,
  name: 'holdfast_monitor',
  mayReplicate: false,
  maySwitchWal: false,
};

function server(change: Partial<ServerDescription>): ServerDescription {
  return { dataDirectory: '/data', timeline: 1, inRecovery: false, ...change } as ServerDescription;
}

describe('the session', () => {
  test.each([
    ['server-tls', {}, 'ok'],
    ['server-tls', { isLocal: false }, 'warn'],
    ['server-tls', { isLocal: false, isEncrypted: true }, 'ok'],
    ['server-rights', {}, 'ok'],
    ['server-rights', { isMonitor: false }, 'fail'],
    ['server-rights', { mayReplicate: false }, 'fail'],
    ['server-rights', { maySwitchWal: false }, 'fail'],
    ['server-rights', { isSuperuser: true, isMonitor: false }, 'ok'],
    ['configuration-errors', {}, 'skipped'],
  ])('%s with %j is %s', (id, change, status) => {
    expect(judged(id, { session: { ...SESSION, ...change } }).status).toBe(status);
  });

  test('that lacks several rights is given all in one command', () => {
    const session = { ...SESSION, isMonitor: false, mayReplicate: false, maySwitchWal: false };
    expect(judged('server-rights', { session })).toMatchObject({
      saw: 'watcher lacks pg_monitor and REPLICATION and pg_switch_wal()',
      fix: `psql -U postgres -c 'GRANT pg_monitor TO "watcher"' -c 'ALTER ROLE "watcher" REPLICATION' -c 'GRANT EXECUTE ON FUNCTION pg_switch_wal() TO "watcher"'`,
    });
  });
});

describe('the server', () => {
  test.each([
    [14, 'fail'],
    [15, 'ok'],
    [18, 'ok'],
    [19, 'warn'],
  ])('of version %i is %s', (major, status) => {
    const facts = { server: server({ major, serverVersion: `${major}.1` }) };
    expect(judged('server-version', facts).status).toBe(status);
  });

  test('in recovery is looked at with a warning', () => {
    expect(judged('server-role', { server: server({ inRecovery: true }) }).status).toBe('warn');
  });

  test('with a faulty line names it, and where the others are', () => {
    const session = { ...SESSION, isSuperuser: true };
    const error = { file: '/etc/pg_hba.conf', line: 7, error: 'invalid connection type "x"' };
    const facts = { session, configurationErrors: [error, error] };
    expect(judged('configuration-errors', facts)).toMatchObject({
      status: 'fail',
      saw: '/etc/pg_hba.conf line 7: invalid connection type "x", and 1 more',
    });
    expect(judged('configuration-errors', { ...facts, configurationErrors: [] }).status).toBe('ok');
  });

  test.each([
    ['/data/postgresql.conf', 'in the data directory'],
    ['/etc/postgresql/15/main/postgresql.conf', 'no base backup holds them'],
    ['/data2/postgresql.conf', 'no base backup holds them'],
  ])('whose configuration is %s is told so: %s', (path, saw) => {
    const facts = { server: server({}), settings: new Map([['config_file', path]]) };
    expect(judged('config-files', facts)).toMatchObject({
      status: 'ok',
      saw: expect.stringContaining(saw),
    });
  });
});

describe('roles', () => {
  test.each([
    ['both', [BACKUP, MONITOR], 'ok'],
    ['one', [BACKUP], 'fail'],
    ['none', [], 'fail'],
    ['no replication', [{ ...BACKUP, mayReplicate: false }, MONITOR], 'fail'],
    ['no login', [BACKUP, { ...MONITOR, mayLogin: false }], 'fail'],
    ['no switch of WAL', [{ ...BACKUP, maySwitchWal: false }, MONITOR], 'fail'],
    ['no statistics', [{ ...BACKUP, isMonitor: false }, MONITOR], 'fail'],
  ])('%s', (_, roles, status) => {
    const verdict = judged('server-roles', { roles });
    expect(verdict.status).toBe(status);
    expect(verdict.fix?.startsWith('holdfast init') ?? false).toBe(status === 'fail');
  });
});

describe('what is left of a recovery', () => {
  test.each([
    ['restore_command', 'warn'],
    ['recovery_target_time', 'warn'],
    ['wal_level', 'ok'],
  ])('%s is %s on a primary, and skipped in recovery', (name, status) => {
    const settings = new Map([[name, 'something']]);
    expect(judged('recovery-settings', { settings, server: server({}) }).status).toBe(status);
    const standby = server({ inRecovery: true });
    expect(judged('recovery-settings', { settings, server: standby }).status).toBe('skipped');
  });
});
