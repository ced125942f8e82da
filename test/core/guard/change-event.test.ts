import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChangeEvent } from '../../../lib/core/guard/change-event.ts';
import { CHANGE_RULES } from '../../../lib/core/guard/change-rules.ts';
import { judgeChange } from '../../../lib/core/guard/judge-change.ts';
import { BUCKET, bucketCall, DEPLOYMENT, keyCall, ROLES, trailEvent } from './samples.ts';

describe('an event of CloudTrail', () => {
  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>;
  const known = new Set(Object.values(CHANGE_RULES).flatMap((rules) => Object.keys(rules)));
  const callName = fc
    .oneof(
      fc.stringMatching(/^[A-Z][A-Za-z]{2,30}$/),
      fc.constantFrom('constructor', 'toString', '__proto__'),
    )
    .filter((name) => !known.has(name));

  test('that nobody knows yet pages, whatever else stands in it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('kms', 's3', 'cloudtrail', 'events', 'lambda', 'ec2', 'new', '__proto__'),
        callName,
        fc.dictionary(
          fc.constantFrom(
            'userIdentity',
            'requestParameters',
            'resources',
            'eventTime',
            'sourceIPAddress',
            'errorCode',
            'eventID',
          ),
          json,
        ),
        (service, name, strange) => {
          const event = trailEvent({ service, name, request: {} });
          const detail = { ...event.detail, ...strange };
          const parsed = ChangeEvent.parse({ ...event, detail });
          expect(judgeChange(parsed, ROLES).action).toBe('page');
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test.each([
    undefined,
    {},
    { 'detail-type': 'Object Deleted', detail: { eventName: 'x', eventSource: 'y' } },
    { 'detail-type': 'AWS API Call via CloudTrail', detail: {} },
    { 'detail-type': 'AWS API Call via CloudTrail', detail: { eventName: 'DisableKey' } },
  ])('is none without its service and its call: %j', (event) => {
    expect(ChangeEvent.safeParse(event).success).toBe(false);
  });

  test('is read as it stands', () => {
    const event = ChangeEvent.parse(trailEvent(bucketCall('PutBucketPolicy'), DEPLOYMENT));
    expect(event).toMatchObject({
      service: 's3',
      name: 'PutBucketPolicy',
      at: new Date('2026-12-01T05:10:00Z'),
      role: ROLES.deployment,
      via: 'cloudformation.amazonaws.com',
      sourceIp: 'cloudformation.amazonaws.com',
      refusal: undefined,
      request: { bucketName: BUCKET },
      resources: [`arn:aws:s3:::${BUCKET}`],
    });
  });

  test('that a service made by itself is one too', () => {
    const event = trailEvent(keyCall('DeleteKey'));
    const detail = {
      ...event.detail,
      userIdentity: { accountId: '111111111111', invokedBy: 'AWS Internal' },
      requestParameters: null,
      eventType: 'AwsServiceEvent',
    };
    const parsed = ChangeEvent.parse({
      ...event,
      'detail-type': 'AWS Service Event via CloudTrail',
      detail,
    });
    expect(parsed).toMatchObject({ name: 'DeleteKey', actor: 'AWS Internal', role: undefined });
    expect(judgeChange(parsed, ROLES).action).toBe('page');
  });
});
