import { describe, expect, test } from 'vitest';
import { RetentionPolicy } from '../../../lib/core/config/retention-policy.ts';
import { Cluster } from '../../../lib/infra/deployment/cluster.ts';
import { archiveLock, retentionPolicyOf } from '../../../lib/infra/deployment/retention.ts';
import { faultsOf } from '../support/faults.ts';
import { type ClusterInput, clusterOf } from '../support/inputs.ts';

type RetentionInput = ClusterInput['retention'];
const WEEKLY = { schedule: { days: ['sun' as const] } };
const AT = 'clusters.0.retention';

function cluster(retention: RetentionInput, backup: ClusterInput['backup'] = {}): Cluster {
  return Cluster.parse({ id: 'orders', retention, backup });
}

/** The faults of a cluster, less the path that all of them have. */
function faults(retention: RetentionInput, backup: ClusterInput['backup'] = {}): readonly string[] {
  return faultsOf(clusterOf({ retention, backup })).map((fault) => fault.replace(`${AT}.`, ''));
}

describe('retention that is not told of', () => {
  test('is five weeks of every moment, a year of months, a week to agree and a week to undo', () => {
    expect(retentionPolicyOf(cluster({}))).toEqual(RetentionPolicy.parse({}));
  });

  test('locks for the window, the day between two backups and a week', () => {
    expect(archiveLock(cluster({}))).toEqual({ mode: 'governance', days: 43, longestDays: 373 });
  });

  test('keeps the key for a month', () => {
    expect(cluster({}).retention.keyDeletionDays).toBe(30);
  });
});

describe('the policy that functions get', () => {
  test('says what the file says', () => {
    const said = {
      daily: 14,
      weekly: 8,
      monthly: 24,
      yearly: 7,
      minBackups: 3,
      shorten: ['daily' as const],
      agreementDays: 3,
      undeleteDays: 14,
    };
    expect(retentionPolicyOf(cluster({ ...said, days: 60, maxGiB: 2 }))).toEqual({
      ...said,
      windowDays: 60,
      maxBytes: 2 * 1_024 ** 3,
      timeZone: 'UTC',
      failedAfterHours: 24,
    });
  });

  test('counts days where the backups do, unless told otherwise', () => {
    const backup = { schedule: { at: ['01:30'], timeZone: 'Europe/Berlin' } };
    expect(retentionPolicyOf(cluster({}, backup)).timeZone).toBe('Europe/Berlin');
    const elsewhere = cluster({ timeZone: 'Asia/Tokyo' }, backup);
    expect(retentionPolicyOf(elsewhere).timeZone).toBe('Asia/Tokyo');
  });

  test.each([
    [6, 35, 24],
    [20, 35, 40],
    [25, 2, 48],
  ])(
    'takes a backup of %i hours for failed when both attempts are over',
    (timeoutHours, days, hours) => {
      const parts = cluster({ days }, { timeoutHours });
      expect(retentionPolicyOf(parts).failedAfterHours).toBe(hours);
    },
  );
});

describe('an unknown time zone', () => {
  test.each(['Mars/Olympus', '+02:00', ''])('is refused: %s', (timeZone) => {
    expect(faults({ timeZone })).toEqual([`timeZone: ${timeZone} is no IANA time zone`]);
  });
});

describe('a contradiction is refused, and both values are named', () => {
  test.each<[string, RetentionInput, ClusterInput['backup'], readonly string[]]>([
    [
      'a window shorter than the time between two backups',
      { days: 1 },
      {},
      ['days: 1 is shorter than the 25 hours between two backups'],
    ],
    [
      'a window longer than the lock',
      { days: 60, lock: { days: 43 } },
      {},
      [
        'lock.days: 43 is shorter than the 68 for which objects are needed: 60 of the window, 1 between two backups and 7 of grace',
      ],
    ],
    [
      'a lock that ends before the next weekly backup',
      { days: 35, lock: { days: 43 } },
      WEEKLY,
      [
        'lock.days: 43 is shorter than the 49 for which objects are needed: 35 of the window, 7 between two backups and 7 of grace',
      ],
    ],
    [
      'a lock that keeps what is let go',
      { lock: { days: 400 } },
      {},
      [
        'lock.days: 400 is longer than the 58 after which what is let go is removed: 35 of the window, 1 between two backups and 7 of grace, 7 until two plans agree, 7 to bring it back',
      ],
    ],
    [
      'a grace shorter than a backup',
      { lock: { graceDays: 1 } },
      { ...WEEKLY, timeoutHours: 72 },
      ['lock.graceDays: 1 is shorter than the 72 hours that a backup may take'],
    ],
    [
      'two plans from the same backup',
      { agreementDays: 3 },
      WEEKLY,
      [
        'agreementDays: 3 is shorter than the 7 days between two backups: both plans would judge by the same ones',
      ],
    ],
    [
      'a key that is gone while objects can be brought back',
      { keyDeletionDays: 7, undeleteDays: 14 },
      {},
      [
        'keyDeletionDays: 7 is shorter than undeleteDays, 14: what can be brought back could not be decrypted',
      ],
    ],
    [
      'a lock that nobody can end, and a key that is gone in a week',
      { keyDeletionDays: 7, lock: { mode: 'compliance' } },
      {},
      [
        'keyDeletionDays: 7 is shorter than the 30 that KMS allows, and lock.mode is compliance: without its key a lock keeps noise',
      ],
    ],
    [
      'something to shorten, and no cap',
      { shorten: ['monthly'] },
      {},
      ['shorten: names monthly, but there is no maxGiB past which it begins'],
    ],
    [
      'something to shorten that is not kept',
      { maxGiB: 100, shorten: ['yearly'] },
      {},
      ['shorten.0: yearly backups are not kept, yearly is 0: there are none to let go earlier'],
    ],
    [
      'something to shorten twice',
      { maxGiB: 100, shorten: ['daily', 'daily'] },
      {},
      ['shorten.1: daily is there twice'],
    ],
    [
      'another class for what the window needs',
      { archiveAfterDays: 30 },
      {},
      [
        'archiveAfterDays: 30 is before day 52: until then the window of 35 days, daily or weekly backups need what is there',
      ],
    ],
    [
      'another class for what goes soon',
      { archiveAfterDays: 300 },
      {},
      [
        'archiveAfterDays: 300 leaves 36 of the 336 days for which monthly backups are kept, monthly being 12: 90 are paid',
      ],
    ],
    [
      'another class for what is never so old',
      { archiveAfterDays: 60, monthly: 0 },
      {},
      ['archiveAfterDays: 60 days are more than any backup is kept: monthly is 0, yearly is 0'],
    ],
  ])('%s', (_, retention, backup, expected) => {
    expect(faults(retention, backup)).toEqual(expected);
  });

  test.each([0, -1, 3_651])('a window of %i days is none', (days) => {
    expect(faults({ days }).join()).toMatch(/^days: /);
  });

  test.each([6, 31])('KMS knows no %i days to call a key back', (keyDeletionDays) => {
    expect(faults({ keyDeletionDays }).join()).toMatch(/^keyDeletionDays: /);
  });

  test('a lock that nobody can end, where everything is to be thrown away', () => {
    const input = { ...clusterOf({ retention: { lock: { mode: 'compliance' } } }) };
    expect(faultsOf({ ...input, terminationProtection: false })).toEqual([
      `${AT}.lock.mode: compliance outlives everybody’s wish to end it, and terminationProtection is false: take governance, or protect the stacks`,
    ]);
  });
});

test('what is next to a contradiction is taken', () => {
  const taken: readonly RetentionInput[] = [
    { lock: { days: 43 } },
    { lock: { days: 58 } },
    { lock: { mode: 'compliance' } },
    { keyDeletionDays: 14, undeleteDays: 14 },
    { keyDeletionDays: 30, undeleteDays: 365 },
    { archiveAfterDays: 52 },
    { archiveAfterDays: 246 },
    { archiveAfterDays: 400, monthly: 12, yearly: 3 },
  ];
  for (const retention of taken) expect(() => cluster(retention)).not.toThrow();
});
