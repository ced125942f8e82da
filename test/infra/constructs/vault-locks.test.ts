import { describe, expect, test } from 'vitest';
import { vaultPolicy, type VaultPolicyProps } from '../../../lib/infra/constructs/vault-policy.ts';
import { lineageKeys } from '../../../lib/core/contract/key-layout.ts';
import { coveringSids } from '../support/covering-sids.ts';

const BUCKET = 'arn:aws:s3:::archive';
const KEY = 'arn:aws:kms:eu-central-1:111111111111:key/1';
const TAGGER = 'arn:aws:iam::111111111111:role/tagger';
const LOCKER = 'arn:aws:iam::111111111111:role/locker';
const BREAK_GLASS = 'arn:aws:iam::111111111111:role/break-glass';
const ADMIN = 'arn:aws:iam::111111111111:role/admin';
const SEGMENT = `${BUCKET}/orders/1-18/wal/00000001/00000000/000000010000000000000001.zst`;

const DEPLOYMENT = 'arn:aws:iam::111111111111:role/deployment';

const given: VaultPolicyProps = {
  bucketArn: BUCKET,
  keyArn: KEY,
  taggerRoleArn: TAGGER,
  deploymentRoleArn: DEPLOYMENT,
  lockRoleArn: LOCKER,
  lock: { mode: 'governance', days: 43, longestDays: 373 },
};
const policy = vaultPolicy(given);

describe('the policy of an archive', () => {
  describe('of tags on what is never let go', () => {
    const due = {
      'aws:PrincipalArn': TAGGER,
      's3:RequestObjectTagKeys': ['holdfast-expiry'],
      's3:RequestObjectTag/holdfast-expiry': 'due',
    };
    const sids = (key: string): readonly string[] =>
      coveringSids(policy, {
        action: 's3:PutObjectTagging',
        resource: `${BUCKET}/${key}`,
        context: due,
      });
    const keys = lineageKeys({ cluster: 'orders', systemIdentifier: '1', major: 18 });
    const backup = keys.backup('20261122T010203Z-1-000000010000000000000001');

    test.each([
      backup.record,
      backup.part(1),
      keys.wal('000000010000000000000001'),
      keys.walIndex('000000010000000000000001'),
      `${keys.tailPrefix}00000001/000000010000000000000001/1-0-512.zst`,
    ])('lets %s go', (key) => {
      expect(sids(key)).toEqual([]);
    });

    test.each([
      keys.identity,
      keys.writer(1),
      keys.gap('1'),
      keys.hold('1'),
      keys.audit('1'),
      keys.lease('backup'),
      keys.run('base-backup', '20261122T010203Z').claim,
      keys.retention.plan('20261122T010203Z'),
      keys.retention.applied('20261122T010203Z'),
      keys.retention.undone('20261122T010203Z'),
      'elsewhere',
    ])('keeps %s, though the tagger itself asks', (key) => {
      expect(sids(key)).toEqual(['OnlyBackupsAndWalExpire']);
    });

    test('keeps histories of timelines, which lie among WAL', () => {
      expect(sids(keys.wal('00000002.history'))).toEqual(['HistoriesStay']);
    });
  });

  describe('of locks', () => {
    const locking = (
      arn: string,
      lock: { readonly mode?: string; readonly days?: number } = {},
      props: Partial<VaultPolicyProps> = {},
    ): readonly string[] =>
      coveringSids(vaultPolicy({ ...given, ...props }), {
        action: 's3:PutObjectRetention',
        resource: SEGMENT,
        context: {
          'aws:PrincipalArn': arn,
          ...(lock.mode !== undefined && { 's3:object-lock-mode': lock.mode }),
          ...(lock.days !== undefined && {
            's3:object-lock-remaining-retention-days': String(lock.days),
          }),
        },
      });

    test('lets one role lock, in the one mode, for as long as anything is kept', () => {
      expect(locking(LOCKER, { mode: 'GOVERNANCE', days: 373 })).toEqual([]);
      const lock = { mode: 'compliance', days: 43, longestDays: 100 } as const;
      expect(locking(LOCKER, { mode: 'COMPLIANCE', days: 100 }, { lock })).toEqual([]);
      expect(locking(LOCKER, { mode: 'GOVERNANCE', days: 100 }, { lock })).toEqual([]);
    });

    test('forbids a longer one: in compliance mode nobody could take it back', () => {
      expect(locking(LOCKER, { mode: 'GOVERNANCE', days: 374 })).toEqual([
        'NoLockOutlivesItsReason',
      ]);
    });

    test('forbids a firmer mode, and to take a lock away', () => {
      expect(locking(LOCKER, { mode: 'COMPLIANCE', days: 60 })).toEqual(['NoOtherModeOfLocks']);
      expect(locking(LOCKER)).toEqual(['NoOtherModeOfLocks']);
    });

    test.each([ADMIN, TAGGER, DEPLOYMENT, BREAK_GLASS])('forbids them to %s', (arn) => {
      const props = { breakGlassRoleArn: BREAK_GLASS };
      expect(locking(arn, { mode: 'GOVERNANCE', days: 60 }, props)).toEqual(['OneRoleLocks']);
    });

    test.each([ADMIN, LOCKER, DEPLOYMENT, BREAK_GLASS])(
      'forbids %s to hold without an end',
      (arn) => {
        const statements = vaultPolicy({ ...given, breakGlassRoleArn: BREAK_GLASS });
        const request = {
          action: 's3:PutObjectLegalHold',
          resource: SEGMENT,
          context: { 'aws:PrincipalArn': arn },
        };
        expect(coveringSids(statements, request)).toEqual(['NobodyPutsLegalHolds']);
      },
    );
  });
});
