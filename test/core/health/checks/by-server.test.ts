import { describe, expect, test } from 'vitest';
import { AVAILABILITY_CHECKS } from '../../../../lib/core/health/checks/availability.ts';
import { CONNECTION_CHECKS } from '../../../../lib/core/health/checks/connections.ts';
import { DISK_CHECKS } from '../../../../lib/core/health/checks/disk.ts';
import { SUBSCRIPTION_CHECKS } from '../../../../lib/core/health/checks/subscriptions.ts';
import { VERSION_CHECKS } from '../../../../lib/core/health/checks/versions.ts';
import { POSTGRES_RELEASES } from '../../../../lib/core/health/postgres-releases.ts';
import { checkOf } from '../../../support/health-probe.ts';
import { knownServer } from './known-server.ts';

/** What only a server of another version, or another role, would show. */
describe('B5 connections', () => {
  const check = checkOf(CONNECTION_CHECKS, 'B5');
  const rows = [{ sees: true, used: '80', groups: [] }];

  test('leaves out what PostgreSQL 16 reserves for other roles too', () => {
    const settings = [
      ['max_connections', '110'],
      ['superuser_reserved_connections', '3'],
    ] as const;
    const before = check.judge(rows, knownServer({ settings: new Map(settings) }));
    expect(before).toMatchObject({ standing: 'ok', says: '80 of 107 connections in use' });
    const since = new Map([...settings, ['reserved_connections', '20']]);
    const after = check.judge(rows, knownServer({ settings: since }));
    expect(after).toMatchObject({ standing: 'page', says: '80 of 87 connections in use' });
  });

  test('is blind where the server does not say how many there may be', () => {
    expect(check.judge(rows, knownServer({}))).toMatchObject({ standing: 'blind' });
  });
});

describe('B3 wal-directory', () => {
  test('is blind where the server does not say how much there may be', () => {
    const judgement = checkOf(DISK_CHECKS, 'B3').judge([{ bytes: 1, files: '1' }], knownServer({}));
    expect(judgement).toMatchObject({ standing: 'blind' });
    expect(judgement.says).toMatch(/max_wal_size/);
  });
});

describe('B4 wal-rate', () => {
  test('asks a standby for what it has replayed, and is blind before the first record', () => {
    const check = checkOf(DISK_CHECKS, 'B4');
    const { server } = knownServer({ inRecovery: true });
    expect(check.query(server)).toMatch(/pg_last_wal_replay_lsn\(\)/);
    expect(check.judge([{ bytes: null }], knownServer({}))).toMatchObject({ standing: 'blind' });
  });
});

describe('B7 writer', () => {
  test('pages where the writer is in recovery', () => {
    const row = { inRecovery: true, readOnly: false, databases: [] };
    const judgement = checkOf(AVAILABILITY_CHECKS, 'B7').judge([row], knownServer({}));
    expect(judgement).toMatchObject({ standing: 'page', values: { WrongRole: 1 } });
    expect(judgement.says).toMatch(/is in recovery/);
  });
});

describe('B10 subscriptions', () => {
  test('are absent from a standby, which has the rows of its primary', () => {
    const { server } = knownServer({ inRecovery: true });
    expect(checkOf(SUBSCRIPTION_CHECKS, 'B10').query(server)).toMatchObject({
      standing: 'absent',
      values: { SubscriptionErrors: 0 },
    });
  });
});

describe('D2 versions', () => {
  const check = checkOf(VERSION_CHECKS, 'D2');

  test.each(Object.entries(POSTGRES_RELEASES))(
    'of %s warns of an older minor',
    (major, release) => {
      const { newestMinor } = release;
      const judge = (minor: number): unknown =>
        check.judge([], knownServer({ version: Number(major) * 10_000 + minor }));
      expect(judge(newestMinor - 1)).toMatchObject({
        standing: 'warn',
        says: `PostgreSQL ${major}.${newestMinor - 1}: ${major}.${newestMinor} has its faults fixed`,
        values: { SettingsTroubles: 1 },
      });
      expect(judge(newestMinor)).toMatchObject({ standing: 'ok', values: { SettingsTroubles: 0 } });
      expect(judge(newestMinor + 1)).toMatchObject({ standing: 'ok' });
    },
  );

  test('warns half a year before a major version ends, and after', () => {
    const judge = (day: string): unknown =>
      check.judge([], knownServer({ version: 150_099 }, new Date(day)));
    expect(judge('2027-05-14')).toMatchObject({ standing: 'ok' });
    expect(judge('2027-05-16')).toMatchObject({ standing: 'warn' });
    expect(judge('2030-01-01')).toMatchObject({
      standing: 'warn',
      says: 'PostgreSQL 15.99: no faults are fixed after 2027-11-11',
    });
  });

  test('says nothing of a version that it does not know', () => {
    expect(check.judge([], knownServer({ version: 990_000 }))).toMatchObject({ standing: 'ok' });
  });
});
