import { describe, expect, test } from 'vitest';
import type { BackupLabel } from '../../../lib/core/backup/backup-label.ts';
import {
  assertCanBackUp,
  assertNothingLost,
  backupId,
  stopLsn,
} from '../../../lib/core/backup/plan-backup.ts';
import type { IdentityRecord } from '../../../lib/core/store/records.ts';
import type { ServerDescription } from '../../../lib/core/ports/cluster-server.ts';

const LABEL: BackupLabel = {
  startLsn: 0x200_0028n,
  checkpointLsn: 0x200_0060n,
  startSegment: '0000000A0000000000000002',
  timeline: 10,
  from: 'primary',
};

const IDENTITY: IdentityRecord = {
  cluster: 'orders',
  systemIdentifier: '7300000000000000001',
  major: 15,
  segmentBytes: 16 * 1024 * 1024,
  createdAt: new Date(0),
};

const SERVER: ServerDescription = {
  systemIdentifier: IDENTITY.systemIdentifier,
  major: IDENTITY.major,
  serverVersion: '15.8',
  timeline: 10,
  segmentBytes: IDENTITY.segmentBytes,
  dataDirectory: '/data',
  inRecovery: false,
  settings: { wal_level: 'replica', archive_mode: 'on', archive_command: 'ship %p' },
  pendingRestart: [],
  tablespaces: [],
  collations: [],
};

describe('assertCanBackUp', () => {
  test('accepts the lineage’s own server that archives', () => {
    expect(() => assertCanBackUp(SERVER, IDENTITY)).not.toThrow();
  });

  test('accepts an archive library in place of a command', () => {
    const settings = { wal_level: 'logical', archive_mode: 'on', archive_library: 'ship' };
    expect(() => assertCanBackUp({ ...SERVER, settings }, IDENTITY)).not.toThrow();
  });

  test.each([
    ['another system', 'WAL-IDENTITY', { systemIdentifier: '1' }],
    ['another major version', 'WAL-IDENTITY', { major: 16 }],
    ['another segment size', 'WAL-IDENTITY', { segmentBytes: 1024 * 1024 }],
    ['a standby', 'PG-SETTINGS', { inRecovery: true }],
    [
      'wal_level minimal',
      'PG-SETTINGS',
      { settings: { ...SERVER.settings, wal_level: 'minimal' } },
    ],
    ['archive_mode off', 'PG-SETTINGS', { settings: { ...SERVER.settings, archive_mode: 'off' } }],
    [
      'archive_mode always',
      'PG-SETTINGS',
      { settings: { ...SERVER.settings, archive_mode: 'always' } },
    ],
    [
      'no archive command',
      'PG-SETTINGS',
      { settings: { ...SERVER.settings, archive_command: '' } },
    ],
  ] as const)('refuses %s', (_, code, difference) => {
    expect(() => assertCanBackUp({ ...SERVER, ...difference }, IDENTITY)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe('assertNothingLost', () => {
  test.each([
    ['base/16384'],
    ['pg_xact'],
    ['PG_VERSION'],
    ['skipping special file "/mnt/fast/PG_15_202209061/5"'],
  ])('refuses a copy without %s', (path) => {
    expect(() => assertNothingLost(['pg_hba.conf', path])).toThrow(
      expect.objectContaining({ code: 'BACKUP-FAILED', message: expect.stringContaining(path) }),
    );
  });

  test('accepts one without configuration, logs, or a file that only sounds like data', () => {
    const skipped = ['pg_hba.conf', 'postgresql.conf', 'log', 'pg_stat', 'database', 'my/base'];
    expect(() => assertNothingLost(skipped)).not.toThrow();
  });
});

describe('backupId', () => {
  test('names time, timeline and start segment', () => {
    expect(backupId(new Date('2026-11-22T01:02:03.456Z'), LABEL)).toBe(
      '20261122T010203Z-0000000A-0000000A0000000000000002',
    );
  });
});

describe('stopLsn', () => {
  const range = { timeline: 10, startLsn: LABEL.startLsn, endLsn: 0x300_0000n };

  test('is the end of the manifest’s range', () => {
    expect(stopLsn(LABEL, [range])).toBe(0x300_0000n);
  });

  test.each([
    ['no range', []],
    ['two ranges', [range, { ...range, timeline: 9 }]],
    ['another timeline', [{ ...range, timeline: 9 }]],
    ['another start', [{ ...range, startLsn: 1n }]],
    ['an end at its start', [{ ...range, endLsn: LABEL.startLsn }]],
  ])('refuses %s', (_, ranges) => {
    expect(() => stopLsn(LABEL, ranges)).toThrow(
      expect.objectContaining({ code: 'BACKUP-MANIFEST' }),
    );
  });
});
