import { describe, expect, test } from 'vitest';
import { vaultPolicy } from '../../lib/infra/constructs/vault-policy.ts';
import { coveringSids } from './support/iam-evaluation.ts';

const BUCKET = 'arn:aws:s3:::archive';
const SEGMENT = `${BUCKET}/orders/1-18/wal/00000001/00000000/000000010000000000000001.zst`;
const BREAK_GLASS = 'arn:aws:iam::111111111111:role/break-glass';
const policy = vaultPolicy({
  bucketArn: BUCKET,
  keyArn: 'arn:aws:kms:eu-central-1:111111111111:key/1',
  taggerRoleArn: 'arn:aws:iam::111111111111:role/tagger',
  breakGlassRoleArn: BREAK_GLASS,
});

function forbidden(action: string, role: string): readonly string[] {
  return coveringSids(policy, {
    action,
    resource: SEGMENT,
    context: { 'aws:PrincipalArn': role },
  });
}

describe('the policy of an archive keeps an administrator from', () => {
  test.each([
    ['s3:UpdateObjectEncryption', 'NobodyChangesKeys'],
    ['s3:ReplicateObject', 'NobodyReplicatesToHere'],
    ['s3:ReplicateDelete', 'NobodyReplicatesToHere'],
    ['s3:ReplicateTags', 'NobodyReplicatesToHere'],
  ])('%s', (action, sid) => {
    expect(forbidden(action, 'arn:aws:iam::111111111111:role/admin')).toEqual([sid]);
    expect(forbidden(action, BREAK_GLASS)).toEqual([]);
  });
});
