import { expect, test } from 'vitest';
import { vaultPolicy } from '../../../lib/infra/constructs/vault-policy.ts';
import { coveringSids } from '../support/covering-sids.ts';

const BUCKET = 'arn:aws:s3:::archive-copy';
const SEGMENT = `${BUCKET}/orders/1-18/wal/00000001/00000000/000000010000000000000001.zst`;
const REPLICATION = 'arn:aws:iam::111111111111:role/holdfast-prod-orders-copy';
const TAGGER = 'arn:aws:iam::111111111111:role/tagger';

const policy = vaultPolicy({
  bucketArn: BUCKET,
  keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1',
  taggerRoleArn: TAGGER,
  lockRoleArn: 'arn:aws:iam::111111111111:role/locker',
  lock: { mode: 'governance', days: 43, longestDays: 373 },
  deploymentRoleArn: 'arn:aws:iam::111111111111:role/deployment',
  replicationRoleArn: REPLICATION,
});

function denying(arn: string, action: string): readonly string[] {
  return coveringSids(policy, { action, resource: SEGMENT, context: { 'aws:PrincipalArn': arn } });
}

test('a copy lets one role put objects of the archive in, and nobody else', () => {
  expect(denying(REPLICATION, 's3:ReplicateObject')).toEqual([]);
  expect(denying(TAGGER, 's3:ReplicateObject')).toEqual(['NobodyReplicatesToHere']);
});

test.each(['s3:ReplicateDelete', 's3:ReplicateTags'])(
  '%s, by which it would lose what the archive loses, is denied to that role too',
  (action) => {
    expect(denying(REPLICATION, action)).toEqual(['NobodyReplicatesExpiryToHere']);
  },
);

test('the role that copies may neither tag, delete, lock nor put by hand', () => {
  const put = coveringSids(policy, {
    action: 's3:PutObject',
    resource: SEGMENT,
    context: { 'aws:PrincipalArn': REPLICATION, 's3:ObjectCreationOperation': 'true' },
  });
  expect(put).toEqual(['NobodyOverwrites']);
  expect(denying(REPLICATION, 's3:DeleteObjectVersion')).toEqual(['NobodyDeletes']);
  expect(denying(REPLICATION, 's3:PutObjectRetention')).toContain('OneRoleLocks');
  expect(denying(REPLICATION, 's3:PutObjectTagging')).toContain('OneRoleTags');
});
