import { describe, expect, test } from 'vitest';
import { roleStatements } from '../support/policies.ts';
import { type JsonObject, objectOf, objectsOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { patternMatches } from './pattern-matches.ts';

const synthesis = synthesize();
const rule = synthesis
  .resources('AWS::Events::Rule')
  .find(({ path }) => path === 'orders-Archive/Tags/Tagged');

function isHeard(
  type: string,
  reason?: string,
  bucket = 'holdfast-prod-orders-111111111111',
): boolean {
  const detail: JsonObject = {
    bucket: { name: bucket },
    object: { key: 'orders/1-18/base/a/backup.json' },
    ...(reason !== undefined && { reason }),
  };
  const event = { source: 'aws.s3', 'detail-type': type, detail };
  return patternMatches(objectOf(rule?.properties['EventPattern']), event);
}

describe('who watches tags', () => {
  test('hears of tags and deletions in its own bucket', () => {
    expect(isHeard('Object Tags Added')).toBe(true);
    expect(isHeard('Object Tags Deleted')).toBe(true);
    expect(isHeard('Object Deleted', 'DeleteObject')).toBe(true);
    expect(isHeard('Object Deleted', 'Lifecycle Expiration')).toBe(false);
    expect(isHeard('Object Created', 'PutObject')).toBe(false);
    expect(isHeard('Object Tags Added', undefined, 'another')).toBe(false);
  });

  test('is told by the bucket itself, with no function that may change all buckets', () => {
    const bucket = synthesis
      .resources('AWS::S3::Bucket')
      .find(({ stack }) => stack === 'orders-Data');
    expect(bucket?.properties['NotificationConfiguration']).toEqual({
      EventBridgeConfiguration: { EventBridgeEnabled: true },
    });
    expect(synthesis.resources('Custom::S3BucketNotifications')).toEqual([]);
  });

  test('may read tags and set none', () => {
    const actions = roleStatements(synthesis)
      .filter(({ owner }) => owner === 'orders-Archive/Tags/JudgeTags/Role')
      .flatMap((statement) => statement.actions);
    expect(actions).toContain('s3:GetObjectTagging');
    expect(actions.filter((action) => /^s3:(Put|Delete)/.test(action))).toEqual([]);
  });

  test('takes what failed again, alone, and gives it up after three times', () => {
    const [mapping] = synthesis.resources('AWS::Lambda::EventSourceMapping');
    expect(mapping?.properties).toMatchObject({
      BatchSize: 500,
      MaximumBatchingWindowInSeconds: 60,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const queue = synthesis
      .resources('AWS::SQS::Queue')
      .find(({ path }) => path === 'orders-Archive/Tags/Events');
    const judge = synthesis
      .resources('AWS::Lambda::Function')
      .find(({ path }) => path === 'orders-Archive/Tags/JudgeTags/Handler');
    expect(objectsOf(queue?.properties['RedrivePolicy'])[0]).toMatchObject({ maxReceiveCount: 3 });
    expect(Number(queue?.properties['VisibilityTimeout'])).toBeGreaterThanOrEqual(
      6 * Number(judge?.properties['Timeout']),
    );
  });
});
