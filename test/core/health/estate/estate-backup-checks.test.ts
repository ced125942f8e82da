import { describe, expect, test } from 'vitest';
import { DEPLOYED } from './deployed-vault.ts';
import { ago, configOf, judge } from './estate-stage.ts';

const HOUR_SEC = 3_600;
const DAY_SEC = 86_400;
const NONE = { thresholds: configOf().thresholds };

describe('A6 archive-whole', () => {
  test('is ok when the newest audit found no hole, whatever an earlier one had', () => {
    const fact = { ArchiveGaps: ago({ 70: 3, 10: 0 }), CorruptObjects: ago({ 70: 0 }) };
    expect(judge('A6', fact)).toEqual({ standing: 'ok', says: 'no hole' });
  });

  test('pages for a hole, and for an object with other bytes', () => {
    expect(judge('A6', { ArchiveGaps: ago({ 10: 2 }) })).toMatchObject({
      standing: 'page',
      says: '2 holes in the archive',
    });
    const fact = { ArchiveGaps: ago({ 10: 0 }), CorruptObjects: ago({ 70: 1 }) };
    expect(judge('A6', fact)).toMatchObject({
      standing: 'page',
      says: '1 object with other bytes',
    });
  });

  test('is blind when no audit has told within three hours', () => {
    expect(judge('A6', { ArchiveGaps: [] })).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('no audit'),
    });
  });
});

describe('A7 backup-age', () => {
  test.each([
    [20, 'ok'],
    [27, 'warn'],
    [31, 'page'],
  ])('a backup of %s hours ago is %s, of a limit of 30', (hours, standing) => {
    const ageSec = hours * HOUR_SEC;
    expect(judge('A7', { ageSec, backupId: 'b1' })).toMatchObject({
      standing,
      says: expect.stringContaining('b1'),
      values: { LastBackupAgeSec: ageSec },
    });
  });

  test('says that there is none', () => {
    const { says } = judge('A7', { ageSec: HOUR_SEC, backupId: undefined });
    expect(says).toBe('none in the 1 h 0 min of the archive');
  });
});

describe('A7r retention-runway', () => {
  test.each([
    [1, 'ok', 34],
    [32.5, 'warn', 2.5],
    [33.5, 'page', 1.5],
  ])('a backup of %s days ago is %s, of a window of 35', (days, standing, left) => {
    const judgement = judge('A7r', { ageSec: days * DAY_SEC, backupId: 'b1' });
    expect(judgement.standing).toBe(standing);
    expect(judgement.values?.RetentionDaysLeft).toBeCloseTo(left, 6);
  });

  test('does not page all the time where the window is a day', () => {
    const { retention } = configOf({ HOLDFAST_RETENTION: '{"windowDays":1}' });
    const fact = { ageSec: 2 * HOUR_SEC, backupId: 'b1' };
    expect(judge('A7r', fact, { retention })).toMatchObject({ standing: 'ok' });
    const old = { ageSec: 20 * HOUR_SEC, backupId: 'b1' };
    expect(judge('A7r', old, { retention })).toMatchObject({ standing: 'page' });
  });

  test('is absent where the deployment names no window', () => {
    const fact = { ageSec: 9 * DAY_SEC, backupId: 'b1' };
    expect(judge('A7r', fact, { ...NONE, retention: undefined }).standing).toBe('absent');
  });
});

describe('A8 backup-size', () => {
  test.each([
    [100, 'ok'],
    [60, 'warn'],
    [150, 'warn'],
    [40, 'page'],
    [300, 'page'],
  ])('%s %% of the one before is %s', (percent, standing) => {
    expect(judge('A8', { BackupSizePercent: ago({ 600: 100, 60: percent }) })).toMatchObject({
      standing,
      says: `${percent} % of the bytes of the one before`,
    });
  });

  test('is absent when there are no two to compare', () => {
    expect(judge('A8', {})).toMatchObject({ standing: 'absent' });
  });
});

describe('A10 vault-settings', () => {
  test('is ok when the bucket is as deployed', () => {
    expect(judge('A10', { seen: DEPLOYED, unseen: [] })).toEqual({
      standing: 'ok',
      says: 'as deployed',
      values: { VaultDrift: 0 },
    });
  });

  test('pages with the number of differences, and names them', () => {
    const seen = { ...DEPLOYED, versioned: false, lock: null };
    expect(judge('A10', { seen, unseen: [] })).toEqual({
      standing: 'page',
      says: '2 differences',
      values: { VaultDrift: 2 },
      findings: [
        { subject: 'versioning', says: 'is switched off' },
        { subject: 'object lock', says: 'new objects get none' },
      ],
    });
  });

  test('is blind when a setting may not be seen, and says which', () => {
    const { versioned: _, ...seen } = DEPLOYED;
    const unseen = [{ setting: 'versioned', why: 'AWS-DENIED: no' } as const];
    expect(judge('A10', { seen, unseen })).toEqual({
      standing: 'blind',
      says: 'not seen: versioned: AWS-DENIED: no',
    });
    expect(judge('A10', { seen: { ...seen, lock: null }, unseen })).toMatchObject({
      standing: 'page',
      says: '1 difference; not seen: versioned: AWS-DENIED: no',
    });
  });

  test('is absent where the deployment does not say how', () => {
    const judgement = judge('A10', { seen: {}, unseen: [] }, { vaultSettings: undefined });
    expect(judgement).toMatchObject({ standing: 'absent', values: { VaultDrift: 0 } });
  });
});

describe('A10r restorable-backups', () => {
  test.each([
    [9, 'ok'],
    [5, 'warn'],
    [1, 'page'],
  ])('%s are %s', (backups, standing) => {
    const fact = { RestorableBackups: ago({ 30: backups }) };
    expect(judge('A10r', fact)).toMatchObject({ standing });
  });

  test('wants no more than the policy keeps', () => {
    const { retention } = configOf({ HOLDFAST_RETENTION: '{"daily":3,"minBackups":2}' });
    const fact = { RestorableBackups: ago({ 30: 3 }) };
    expect(judge('A10r', fact, { retention })).toMatchObject({ standing: 'ok', says: '3 backups' });
  });

  test('is blind when no audit has counted them', () => {
    expect(judge('A10r', {})).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('no audit'),
    });
  });
});

describe('A11 key-usable', () => {
  test('is ok while the key is enabled, and pages once it is not', () => {
    expect(judge('A11', { isUsable: true })).toMatchObject({
      standing: 'ok',
      values: { KeyUsable: 1 },
    });
    expect(judge('A11', { isUsable: false })).toMatchObject({
      standing: 'page',
      says: 'disabled, or to be deleted',
      values: { KeyUsable: 0 },
    });
  });
});
