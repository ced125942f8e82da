import { expect, test } from 'vitest';
import { parseBucketEvent } from '../../lib/core/guard/tags/bucket-event.ts';
import { ChangeEvent } from '../../lib/core/guard/change-event.ts';
import { judgeChange } from '../../lib/core/guard/judge-change.ts';
import {
  bucketChanges,
  functionChanges,
  keyChanges,
  ruleChanges,
  taggedOrDeleted,
  trailChanges,
  volumeChanges,
} from '../../lib/infra/constructs/guard-patterns.ts';
import {
  BUCKET,
  bucketCall,
  type Call,
  KEY_ARN,
  KEY_ID,
  keyCall,
  ROLES,
  trailEvent,
} from '../core/guard/samples.ts';
import { bucketMessage } from '../core/guard/tags/samples.ts';
import { describeAws } from './control-plane.ts';
import { type BusEvent, makeRule } from './event-bus.ts';

const TRAIL = 'arn:aws:cloudtrail:eu-central-1:111111111111:trail/holdfast-prod';
const key = keyChanges({ arn: KEY_ARN, id: KEY_ID, alias: 'alias/holdfast/prod/orders' });
const other = (call: Call, request: object): Call => ({ ...call, request, resources: [] });
const calls = (service: string, name: string, request: object): Call => ({
  service,
  name,
  request,
});

/** The server cannot look into lists of objects: `resources` is for test/infra/guard. */
describeAws('on a bus, a rule hands to the judge', () => {
  test.each([
    ['the key', key, keyCall('DisableKey'), other(keyCall('DisableKey'), { keyId: 'another' })],
    [
      'the bucket',
      bucketChanges(BUCKET),
      bucketCall('PutBucketLifecycle'),
      other(bucketCall('PutBucketLifecycle'), { bucketName: 'another' }),
    ],
    [
      'the volume',
      volumeChanges('vol-1'),
      calls('ec2', 'DeleteVolume', { volumeId: 'vol-1' }),
      calls('ec2', 'DeleteVolume', { volumeId: 'vol-2' }),
    ],
    [
      'the trail',
      trailChanges(TRAIL),
      calls('cloudtrail', 'StopLogging', { name: 'holdfast-prod' }),
      calls('cloudtrail', 'StopLogging', { name: 'another' }),
    ],
    [
      'the judge',
      functionChanges(['judge']),
      calls('lambda', 'DeleteFunction20150331', { functionName: 'judge' }),
      calls('lambda', 'DeleteFunction20150331', { functionName: 'another' }),
    ],
    [
      'rules',
      ruleChanges(['guard1']),
      calls('events', 'RemoveTargets', { rule: 'guard1', ids: ['Target0'] }),
      calls('events', 'RemoveTargets', { rule: 'another', ids: ['Target0'] }),
    ],
  ])('a change of %s, and none of another', async (_, pattern, own, foreign) => {
    const queue = await makeRule(pattern);
    expect(await queue.put(trailEvent(foreign))).toEqual([]);
    const [handed = ''] = await queue.put(trailEvent(own));
    const event = ChangeEvent.parse(JSON.parse(handed));
    expect(event).toMatchObject({ service: own.service, actor: expect.stringContaining('alice') });
    expect(judgeChange(event, ROLES).action).toBe('page');
  });
});

describeAws('on a bus, the rule of a bucket hands on', () => {
  const message = (given: Parameters<typeof bucketMessage>[0]): BusEvent =>
    bucketMessage(given) as BusEvent;

  test('a tag and a deletion as they are read, and nothing that the bucket’s own rules do', async () => {
    const queue = await makeRule(taggedOrDeleted(BUCKET));
    const type = 'Object Deleted';
    const expired = message({ key: 'a', type, detail: { reason: 'Lifecycle Expiration' } });
    expect(await queue.put(expired)).toEqual([]);
    const [tagged = ''] = await queue.put(message({ key: 'b' }));
    expect(parseBucketEvent(tagged)).toMatchObject({ kind: 'tagged', key: 'b' });
    const [deleted = ''] = await queue.put(
      message({ key: 'c', type, detail: { reason: 'DeleteObject' } }),
    );
    expect(parseBucketEvent(deleted)).toMatchObject({ kind: 'deleted', reason: 'DeleteObject' });
  });
});
