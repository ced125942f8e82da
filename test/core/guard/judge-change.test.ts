import { describe, expect, test } from 'vitest';
import { ChangeEvent } from '../../../lib/core/guard/change-event.ts';
import { CHANGE_RULES } from '../../../lib/core/guard/change-rules.ts';
import { judgeChange, type Verdict } from '../../../lib/core/guard/judge-change.ts';
import {
  bucketCall,
  type Call,
  type Caller,
  DEPLOYMENT,
  keyCall,
  PERSON,
  PROOF,
  ROLES,
  trailEvent,
} from './samples.ts';

function verdictOf(call: Call, caller?: Caller): Verdict {
  return judgeChange(ChangeEvent.parse(trailEvent(call, caller)), ROLES);
}

function actions(call: Call): readonly string[] {
  return [verdictOf(call, PERSON).action, verdictOf(call, DEPLOYMENT).action];
}

const versioning = (Status: string): object => ({
  versioning: '',
  VersioningConfiguration: { xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/', Status },
});
const blocks = (one: boolean): object => ({
  publicAccessBlock: '',
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: one,
    RestrictPublicBuckets: true,
  },
});
const rule = (name: string): Call => ({
  service: 'events',
  name,
  request: { name: 'holdfast-prod-orders-guard1' },
});
const trail = (name: string): Call => ({
  service: 'cloudtrail',
  name,
  request: { name: 'holdfast-prod' },
});
const lambda = (name: string): Call => ({
  service: 'lambda',
  name,
  request: { functionName: 'holdfast-prod-orders-watch-GuardJudgeChange' },
});

describe('a change of what keeps the archive', () => {
  test.each([
    keyCall('DisableKey'),
    keyCall('ScheduleKeyDeletion', { pendingWindowInDays: 7 }),
    keyCall('DeleteImportedKeyMaterial'),
    bucketCall('DeleteBucket'),
    bucketCall('DeleteBucketPolicy', { policy: '' }),
    bucketCall('DeleteBucketEncryption'),
    bucketCall('PutBucketVersioning', versioning('Suspended')),
    bucketCall('PutBucketVersioning', { versioning: '' }),
    trail('StopLogging'),
    trail('DeleteTrail'),
    rule('DisableRule'),
    rule('DeleteRule'),
    rule('RemoveTargets'),
    lambda('DeleteFunction20150331'),
    lambda('RemovePermission20150331v2'),
    { service: 'ec2', name: 'DeleteVolume', request: { volumeId: 'vol-0123456789abcdef0' } },
  ])('that ends something pages, also when a deployment made it: $service $name', (call) => {
    expect(actions(call)).toEqual(['page', 'page']);
  });

  test.each([
    keyCall('PutKeyPolicy', { policyName: 'default', policy: '{}' }),
    keyCall('DisableKeyRotation'),
    keyCall('ImportKeyMaterial'),
    keyCall('UpdateAlias', { aliasName: 'alias/holdfast/prod/orders' }),
    bucketCall('PutObjectLockConfiguration'),
    bucketCall('PutBucketObjectLockConfiguration'),
    bucketCall('PutBucketLifecycle'),
    bucketCall('DeleteBucketLifecycle'),
    bucketCall('PutBucketPolicy', { bucketPolicy: { Statement: [] } }),
    bucketCall('PutBucketEncryption'),
    bucketCall('PutBucketReplication'),
    bucketCall('DeleteBucketReplication'),
    bucketCall('PutBucketPublicAccessBlock', blocks(false)),
    bucketCall('PutBucketOwnershipControls'),
    bucketCall('PutBucketNotification'),
    trail('UpdateTrail'),
    trail('PutEventSelectors'),
    lambda('PutFunctionConcurrency20171031'),
  ])('pages, and leaves a ticket for a deployment: $service $name', (call) => {
    expect(actions(call)).toEqual(['page', 'ticket']);
  });

  test.each([lambda('UpdateFunctionCode20150331v2'), rule('PutRule'), rule('PutTargets')])(
    'that every deployment makes pages for anybody else alone: $service $name',
    (call) => {
      expect(actions(call)).toEqual(['page', 'log']);
    },
  );

  test.each([keyCall('EnableKey'), keyCall('CancelKeyDeletion'), trail('StartLogging')])(
    'for the better leaves a ticket: $service $name',
    (call) => {
      expect(actions(call)).toEqual(['ticket', 'ticket']);
    },
  );

  test.each([
    bucketCall('PutBucketVersioning', versioning('Enabled')),
    bucketCall('PutBucketPublicAccessBlock', blocks(true)),
    bucketCall('PutBucketTagging'),
    keyCall('UpdateKeyDescription'),
    keyCall('TagResource', { tags: [{ tagKey: 'team', tagValue: 'a' }] }),
  ])('that weakens nothing tells nobody: $service $name', (call) => {
    expect(actions(call)).toEqual(['log', 'log']);
  });

  test('that was refused is told of as if it had not been', () => {
    const call = { ...keyCall('ScheduleKeyDeletion'), errorCode: 'AccessDenied' };
    expect(verdictOf(call).action).toBe('page');
  });

  test('by a grant pages, but for services that attach volumes', () => {
    const grant = keyCall('CreateGrant', { operations: ['Decrypt'] });
    expect(verdictOf(grant, PERSON).action).toBe('page');
    expect(verdictOf(grant, { ...PERSON, via: 'ec2.amazonaws.com' }).action).toBe('log');
    expect(verdictOf(grant, { ...PERSON, sourceIp: 'AWS Internal' }).action).toBe('log');
    expect(verdictOf(grant, { ...PERSON, sourceIp: 'amazonaws.com.evil.example' }).action).toBe(
      'page',
    );
  });

  test('says in a clause what it does', () => {
    for (const [service, rules] of Object.entries(CHANGE_RULES)) {
      for (const name of Object.keys(rules)) {
        const { says } = verdictOf({ service, name, request: {} });
        expect(says).toMatch(/^[a-z].{10,}[^.]$/);
      }
    }
  });
});

describe('the proof', () => {
  test('is the guard’s own tag by its own role', () => {
    expect(verdictOf(PROOF, { role: ROLES.proof }).action).toBe('proof');
  });

  test.each<[string, Call, Caller]>([
    ['another role', PROOF, PERSON],
    ['a refusal', { ...PROOF, errorCode: 'AccessDenied' }, { role: ROLES.proof }],
    [
      'another tag beside it',
      keyCall('TagResource', {
        tags: [{ tagKey: 'holdfast-guard-proof' }, { tagKey: 'holdfast-environment' }],
      }),
      { role: ROLES.proof },
    ],
    ['no tag', keyCall('TagResource', { tags: [] }), { role: ROLES.proof }],
    ['tags that are hidden', keyCall('TagResource', { tags: 'HIDDEN' }), { role: ROLES.proof }],
  ])('is not %s', (_, call, caller) => {
    expect(verdictOf(call, caller).action).toBe('log');
  });

  test('is no cover for another call of its role', () => {
    expect(verdictOf(keyCall('DisableKey'), { role: ROLES.proof }).action).toBe('page');
  });
});
