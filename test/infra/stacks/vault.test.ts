import { describe, expect, test } from 'vitest';
import { type ClusterInput, clusterOf } from '../support/inputs.ts';
import { resourceStatements, roleStatements } from '../support/policies.ts';
import {
  type JsonObject,
  objectOf,
  objectsOf,
  type Resource,
  textOf,
} from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { everyStatement, everywhere } from '../support/variants.ts';

/** What of a bucket's rules covers all that is in it. */
const COVERING = ['AbortUploads', 'RemoveHiddenVersions'];
const DUE = [{ Key: 'holdfast-expiry', Value: 'due' }];

/** The archives, and their copies. */
function archives(): readonly Resource[] {
  return everywhere('AWS::S3::Bucket').filter(({ path }) => path.includes('/Vault/'));
}

function rulesOf({ properties }: Resource): readonly JsonObject[] {
  return objectsOf(objectOf(properties['LifecycleConfiguration'])['Rules']);
}

function archiveOf(retention: ClusterInput['retention']): Resource {
  const bucket = synthesize(clusterOf({ retention }))
    .resources('AWS::S3::Bucket')
    .find(({ path }) => path === 'orders-Data/Vault/Bucket');
  if (bucket === undefined) throw new Error('there is no archive');
  return bucket;
}

describe('in every variant', () => {
  test('no role may delete objects or versions, change rules, get around locks or end a key', () => {
    const forbidden =
      /^(s3:(DeleteObject|DeleteBucket|PutLifecycle|BypassGovernance|PutBucketObjectLock|PutObjectLegalHold|PutBucketPolicy|PutBucketVersioning)|kms:(ScheduleKeyDeletion|DisableKey$|PutKeyPolicy))/i;
    expect(everyStatement().length).toBeGreaterThan(100);
    const found = everyStatement().flatMap(({ owner, actions }) =>
      actions.filter((name) => forbidden.test(name)).map((name) => `${owner} ${name}`),
    );
    expect(found).toEqual([]);
  });

  test('no role has an action with a wildcard', () => {
    const wild = everyStatement().flatMap(({ owner, actions }) =>
      actions.filter((name) => name.includes('*')).map((name) => `${owner} ${name}`),
    );
    expect(wild).toEqual([]);
  });

  test('what expires is what the tag says, and nothing else', () => {
    expect(archives().length).toBeGreaterThan(0);
    for (const bucket of archives()) {
      const expiring = rulesOf(bucket).filter(
        (rule) => 'ExpirationInDays' in rule || 'ExpirationDate' in rule || 'Expiration' in rule,
      );
      expect(expiring.map(({ TagFilters }) => TagFilters)).toEqual([DUE]);
      // The one exception expires no object: a marker with nothing beneath it.
      const markers = rulesOf(bucket).filter((rule) => 'ExpiredObjectDeleteMarker' in rule);
      expect(markers.map(({ Id }) => Id)).toEqual(['RemoveHiddenVersions']);
    }
  });

  test('only unfinished uploads, hidden versions and what marked them are removed wherever they are', () => {
    for (const bucket of archives()) {
      const covering = rulesOf(bucket).filter(
        ({ TagFilters, Prefix }) => TagFilters === undefined && Prefix === undefined,
      );
      expect(covering.map(({ Id }) => Id)).toEqual(COVERING);
    }
  });

  test('what comes into an archive is locked, in the mode of its environment', () => {
    for (const { properties } of archives()) {
      const { ObjectLockEnabled, ObjectLockConfiguration } = properties;
      expect(ObjectLockEnabled).toBe(true);
      const { Rule } = objectOf(ObjectLockConfiguration);
      const { Days, Mode } = objectOf(objectOf(Rule)['DefaultRetention']);
      expect(Number(Days)).toBeGreaterThanOrEqual(20);
      expect(['GOVERNANCE', 'COMPLIANCE']).toContain(Mode);
    }
  });
});

describe('the lock of an archive', () => {
  test.each<[ClusterInput['retention'], number, string]>([
    [{}, 43, 'GOVERNANCE'],
    [{ days: 60 }, 68, 'GOVERNANCE'],
    [{ lock: { mode: 'compliance', days: 50 } }, 50, 'COMPLIANCE'],
  ])('of %j lasts %i days: %s', (retention, Days, Mode) => {
    expect(archiveOf(retention).properties['ObjectLockConfiguration']).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Days, Mode } },
    });
  });

  test('is set on the bucket that is there: no other takes its place', () => {
    expect(archiveOf({ lock: { mode: 'compliance' } }).id).toBe(archiveOf({}).id);
  });
});

test('what is old moves, if a file says so: what is large enough, to where it comes back at once', () => {
  const rules = rulesOf(archiveOf({ archiveAfterDays: 100 }));
  expect(rules.find(({ Id }) => Id === 'MoveWhatIsOld')).toEqual({
    Id: 'MoveWhatIsOld',
    Status: 'Enabled',
    Prefix: 'orders/',
    ObjectSizeGreaterThan: 131_072,
    Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 100 }],
  });
  expect(rulesOf(archiveOf({})).map(({ Id }) => Id)).not.toContain('MoveWhatIsOld');
});

test('the key waits for as long as the file says before it is gone', () => {
  const key = synthesize(clusterOf({ retention: { keyDeletionDays: 14 } }))
    .resources('AWS::KMS::Key')
    .find(({ stack }) => stack === 'orders-Data');
  expect(key?.properties['PendingWindowInDays']).toBe(14);
});

test('the key’s policy is changed by deployments, a named role and the root user only', () => {
  const breakGlassRoleArn = 'arn:aws:iam::111111111111:role/break-glass';
  const key = synthesize(clusterOf({ breakGlassRoleArn }))
    .resources('AWS::KMS::Key')
    .find(({ stack }) => stack === 'orders-Data');
  const denial = (key === undefined ? [] : resourceStatements(key)).find(({ actions }) =>
    actions.includes('kms:PutKeyPolicy'),
  );
  const { 'aws:PrincipalArn': but } = objectOf(denial?.condition['ArnNotEquals']);
  expect(textOf(but)).toContain('cdk-hnb659fds-cfn-exec-role-111111111111-eu-central-1');
  expect(textOf(but)).toContain(breakGlassRoleArn);
  expect(textOf(but)).toContain(':iam::111111111111:root');
});

test('one role each tags and locks, and neither does both', () => {
  const holders = (action: string): readonly string[] =>
    roleStatements(synthesize())
      .filter(({ actions }) => actions.includes(action))
      .map(({ owner }) => owner);
  expect(holders('s3:PutObjectTagging')).toEqual(['orders-Data/Vault/TaggerRole']);
  expect(holders('s3:PutObjectRetention')).toEqual(['orders-Data/Vault/LockRole']);
});
