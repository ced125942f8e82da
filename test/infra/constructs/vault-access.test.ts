import { describe, expect, test } from 'vitest';
import { vaultAccess, type VaultUse } from '../../../lib/infra/constructs/vault-access.ts';
import {
  BACKUP_LEASE,
  lineageKeys,
  RETENTION_LEASE,
} from '../../../lib/core/contract/key-layout.ts';
import { coveringSids } from '../support/covering-sids.ts';

const BUCKET = 'arn:aws:s3:::archive';
const KEY = 'arn:aws:kms:eu-central-1:111111111111:key/1';
const place = { bucketArn: BUCKET, keyArn: KEY, cluster: 'orders', region: 'eu-central-1' };
const USES = [
  'archive',
  'backup',
  'start',
  'judge',
  'look',
  'tag',
  'lock',
] as const satisfies readonly VaultUse[];

const keys = lineageKeys({ cluster: 'orders', systemIdentifier: '7', major: 18 });
const SEGMENT = '000000010000000000000001';
const SHA256 = 'a'.repeat(64);
const backup = keys.backup('20261122T010203Z-1-000000010000000000000001');
const run = keys.run('base-backup', '20261201T010000Z');

/** What tells which backups there are and how far they reach. */
const CATALOGUE = [
  keys.identity,
  keys.writer(1),
  keys.wal('00000002.history'),
  keys.gap('1'),
  backup.record,
];

/** What plans are made of, and what was decided. */
const DECIDED = [
  ...CATALOGUE,
  keys.lease(BACKUP_LEASE),
  keys.hold('1'),
  keys.retention.plan('20261201T010000Z'),
  keys.retention.applied('20261201T010000Z'),
  keys.retention.undone('20261201T010000Z'),
];

/** Every kind of key that the layout has, and who writes it. */
const WRITTEN: readonly (readonly [key: string, by: readonly VaultUse[]])[] = [
  [keys.identity, ['archive', 'backup']],
  [keys.writer(1), ['archive']],
  [keys.wal(SEGMENT), ['archive']],
  [keys.wal('00000002.history'), ['archive']],
  [keys.walPartial(`${SEGMENT}.partial`, SHA256), ['archive']],
  [keys.walIndex(SEGMENT), ['archive']],
  [keys.gap('1'), ['archive']],
  [keys.gapAnchor('1'), ['archive']],
  [keys.gapSegment('1', SEGMENT, SHA256), ['archive']],
  [backup.part(1), ['backup']],
  [backup.manifest, ['backup']],
  [backup.record, ['backup']],
  [keys.lease(BACKUP_LEASE), ['backup']],
  [keys.lease(RETENTION_LEASE), ['backup', 'tag']],
  [keys.hold('1'), []],
  [keys.holdRelease('1'), []],
  [keys.retention.plan('20261201T010000Z'), ['tag']],
  [keys.retention.applied('20261201T010000Z'), ['tag']],
  [keys.retention.undone('20261201T010000Z'), []],
  [run.claim, ['start', 'judge']],
  [run.task(1), ['start', 'judge']],
  [run.outcome(1), ['start', 'judge']],
];

function may(use: VaultUse, action: string, key: string): boolean {
  return coveringSids(vaultAccess(place, use), { action, resource: `${BUCKET}/${key}` }).length > 0;
}

describe('access to an archive', () => {
  test.each(WRITTEN)('%s is written by %j, and by no other use', (key, by) => {
    expect(USES.filter((use) => may(use, 's3:PutObject', key))).toEqual(by);
  });

  test.each(['archive', 'backup'] as const)('%s reads every object of its cluster', (use) => {
    expect(WRITTEN.filter(([key]) => !may(use, 's3:GetObject', key))).toEqual([]);
  });

  test.each([
    ['start', [keys.identity, keys.writer(1), keys.lease(BACKUP_LEASE), run.claim, run.outcome(1)]],
    ['judge', [...CATALOGUE, run.claim, run.task(1), run.outcome(1)]],
    ['look', CATALOGUE],
    ['tag', DECIDED],
    ['lock', DECIDED],
  ] as const)('%s reads what it goes by', (use, read) => {
    expect(read.filter((key) => !may(use, 's3:GetObject', key))).toEqual([]);
  });

  test.each(['start', 'judge', 'look', 'tag', 'lock'] as const)(
    '%s reads no row of any table',
    (use) => {
      const data = [
        backup.part(1),
        keys.wal(SEGMENT),
        keys.walPartial(`${SEGMENT}.partial`, SHA256),
      ];
      expect(data.filter((key) => may(use, 's3:GetObject', key))).toEqual([]);
    },
  );

  test.each(USES)('%s reads nothing of another cluster', (use) => {
    expect(may(use, 's3:GetObject', 'billing/7-18/identity.json')).toBe(false);
    expect(may(use, 's3:GetObject', 'orders2/7-18/identity.json')).toBe(false);
  });

  test.each(USES)(
    '%s lists below its cluster, so that what is absent is not taken for forbidden',
    (use) => {
      const listing = (prefix: string): readonly string[] =>
        coveringSids(vaultAccess(place, use), {
          action: 's3:ListBucket',
          resource: BUCKET,
          context: { 's3:prefix': prefix },
        });
      expect(listing('orders/')).toEqual(['ListTheArchive']);
      expect(listing(keys.walPrefix)).toEqual(['ListTheArchive']);
      expect(listing('billing/')).toEqual([]);
      expect(listing('')).toEqual([]);
    },
  );

  test.each(USES)('%s uses the key through S3 only, and encrypts if it writes', (use) => {
    const using = (action: string, service: string): readonly string[] =>
      coveringSids(vaultAccess(place, use), {
        action,
        resource: KEY,
        context: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` },
      });
    expect(using('kms:Decrypt', 's3')).toHaveLength(1);
    expect(using('kms:GenerateDataKey', 's3')).toHaveLength(
      use === 'look' || use === 'lock' ? 0 : 1,
    );
    expect(using('kms:Decrypt', 'ec2')).toEqual([]);
  });

  test('what delete markers hide is listed by audits, and read where a recovery runs', () => {
    const all = [...USES, 'audit', 'hash', 'windows', 'tags'] as const;
    const listing = all.filter(
      (use) =>
        coveringSids(vaultAccess(place, use), {
          action: 's3:ListBucketVersions',
          resource: BUCKET,
          context: { 's3:prefix': keys.walPrefix },
        }).length > 0,
    );
    expect(listing).toEqual(['archive', 'audit']);
    const reading = all.filter((use) => may(use, 's3:GetObjectVersion', keys.wal(SEGMENT)));
    expect(reading).toEqual(['archive']);
    expect(may('archive', 's3:GetObjectVersion', 'billing/7-18/identity.json')).toBe(false);
  });

  test('only who uploads in parts can give them up', () => {
    const able = USES.filter((use) => may(use, 's3:AbortMultipartUpload', backup.part(1)));
    expect(able).toEqual(['backup']);
  });

  describe.each([
    ['tag', ['s3:GetObjectTagging', 's3:PutObjectTagging']],
    ['lock', ['s3:GetObjectRetention', 's3:PutObjectRetention']],
  ] as const)('%s', (use, actions) => {
    test.each(actions)('alone has %s', (action) => {
      const able = USES.filter((one) => may(one, action, backup.part(1)));
      expect(able).toEqual([use]);
    });

    test.each(actions)('has %s on what expires, and on nothing else', (action) => {
      const marked = WRITTEN.map(([key]) => key).filter((key) => may(use, action, key));
      expect(marked.filter((key) => !/\/(base|wal|wal-index|tail)\//.test(key))).toEqual([]);
      expect(marked).toContain(keys.wal(SEGMENT));
      expect(marked).toContain(backup.record);
      expect(may(use, action, `billing/7-18/base/1/backup.json`)).toBe(false);
    });
  });
});
