import { describe, expect, test } from 'vitest';
import { CHANGE_RULES } from '../../../lib/core/guard/change-rules.ts';
import {
  bucketCall,
  BUCKET,
  type Call,
  KEY_ARN,
  KEY_ID,
  keyCall,
  PROOF,
  trailEvent,
} from '../../core/guard/samples.ts';
import { environmentOf } from '../support/inputs.ts';
import { type Json, type JsonObject, objectOf, textOf } from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { patternMatches } from './pattern-matches.ts';

const VOLUME = 'vol-0123456789abcdef0';
const FUNCTION = 'holdfast-prod-orders-watch-GuardJudgeChange';
/** What references of the templates become. */
const DEPLOYED: readonly (readonly [RegExp, string])[] = [
  [/^\$\{holdfast-prod-orders-data:PublishOutputFnGetAttKey.*Arn.*\}$/, KEY_ARN],
  [/^\$\{holdfast-prod-orders-data:PublishOutputRefKey.*\}$/, KEY_ID],
  [/^\$\{holdfast-prod-orders-data:PublishOutputRefVolume.*\}$/, VOLUME],
  [/^\$\{GuardJudgeChange\w+\}$/, FUNCTION],
  [
    /^\$\{GuardJudgeChange\w+\.Arn\}$/,
    `arn:aws:lambda:eu-central-1:111111111111:function:${FUNCTION}`,
  ],
];
const synthesis = synthesize(environmentOf({ clusters: [{ id: 'orders' }, { id: 'billing' }] }));
const rules = synthesis
  .resources('AWS::Events::Rule')
  .filter(({ stack }) => stack === 'orders-Watch')
  .map(({ path, properties }) => ({
    id: path.split('/').at(-1) ?? '',
    pattern: objectOf(deployed(properties['EventPattern'])),
  }));

function deployed(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(deployed);
  const text = textOf(value).replaceAll('${AWS::Partition}', 'aws');
  const known = DEPLOYED.find(([reference]) => reference.test(text));
  if (known !== undefined) return known[1];
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'))) return text;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deployed(inner)]));
}

function heardBy(call: Call, change: Partial<JsonObject> = {}): readonly string[] {
  const event: JsonObject = JSON.parse(JSON.stringify({ ...trailEvent(call), ...change }));
  return rules.filter(({ pattern }) => patternMatches(pattern, event)).map(({ id }) => id);
}

const rule = (name: string, number: number): Call => ({
  service: 'events',
  name,
  request: { [name === 'RemoveTargets' ? 'rule' : 'name']: `holdfast-prod-orders-guard${number}` },
});

describe('the rules of a guard', () => {
  test.each(Object.keys(CHANGE_RULES['kms'] ?? {}))('hear %s of the key', (name) => {
    expect(heardBy(keyCall(name))).toEqual(['Key']);
  });

  test.each(Object.keys(CHANGE_RULES['s3'] ?? {}))('hear %s of the bucket', (name) => {
    expect(heardBy(bucketCall(name))).toEqual(['Bucket']);
  });

  test('hear a call on the key that nobody knows yet, under any name that the key has', () => {
    const call = keyCall('EndKeyAtOnce');
    expect(heardBy(call)).toEqual(['Key']);
    for (const keyId of [KEY_ARN, KEY_ID, 'alias/holdfast/prod/orders']) {
      expect(heardBy({ ...call, request: { keyId }, resources: [] })).toEqual(['Key']);
    }
    const alias = { aliasName: 'alias/holdfast/prod/orders' };
    expect(heardBy({ ...call, name: 'DeleteAlias', request: alias, resources: [] })).toEqual([
      'Key',
    ]);
  });

  test('hear that the key ends by itself', () => {
    const change = { 'detail-type': 'AWS Service Event via CloudTrail' };
    expect(heardBy({ ...keyCall('DeleteKey'), request: null }, change)).toEqual(['Key']);
  });

  test('hear the proof', () => {
    expect(heardBy(PROOF)).toEqual(['Key']);
  });

  test.each(['StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors'])(
    'hear %s',
    (name) => {
      const arn = 'arn:aws:cloudtrail:eu-central-1:111111111111:trail/holdfast-prod';
      const field = name === 'PutEventSelectors' ? 'trailName' : 'name';
      for (const trail of ['holdfast-prod', arn]) {
        expect(heardBy({ service: 'cloudtrail', name, request: { [field]: trail } })).toEqual([
          'Trail',
        ]);
      }
    },
  );

  test('hear the end of the volume, and of who judges', () => {
    const ended = { service: 'ec2', name: 'DeleteVolume', request: { volumeId: VOLUME } };
    expect(heardBy(ended)).toEqual(['Volume']);
    const judge = { service: 'lambda', name: 'DeleteFunction20150331' };
    expect(heardBy({ ...judge, request: { functionName: FUNCTION } })).toEqual(['Judge']);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('hear of rule %i through another one', (number) => {
    for (const name of ['DisableRule', 'DeleteRule', 'RemoveTargets', 'PutRule']) {
      expect(heardBy(rule(name, number))).toEqual([number === 6 ? 'LastRule' : 'Rules']);
    }
    const own = synthesis
      .resources('AWS::Events::Rule')
      .find(({ properties }) => properties['Name'] === `holdfast-prod-orders-guard${number}`);
    expect(own?.path).not.toMatch(number === 6 ? /LastRule$/ : /\/Rules$/);
  });

  test('hear nothing of another cluster, of objects, or of other keys', () => {
    const other = KEY_ARN.replace(/.$/, '0');
    const quiet: readonly Call[] = [
      {
        ...bucketCall('PutBucketPolicy'),
        request: { bucketName: BUCKET.replace('orders', 'billing') },
      },
      bucketCall('PutObject', { key: 'orders/1-18/identity.json' }),
      bucketCall('DeleteObjects'),
      bucketCall('GetBucketPolicy'),
      { ...keyCall('DisableKey'), request: { keyId: other }, resources: [other] },
      { service: 'ec2', name: 'DeleteVolume', request: { volumeId: 'vol-0' } },
      { service: 'ec2', name: 'AttachVolume', request: { volumeId: VOLUME } },
      { service: 'cloudtrail', name: 'StopLogging', request: { name: 'theirs' } },
      { service: 'events', name: 'DisableRule', request: { name: 'holdfast-prod-billing-guard1' } },
    ];
    for (const call of quiet) expect(heardBy(call)).toEqual([]);
  });

  test('have names that EventBridge takes, and patterns that it does', () => {
    const long = synthesize({
      ...environmentOf({ clusters: [{ id: 'a'.repeat(20) }] }),
    }).resources('AWS::Events::Rule');
    for (const { properties } of long) {
      expect(textOf(properties['Name']).length).toBeLessThanOrEqual(64);
      expect(JSON.stringify(properties['EventPattern']).length).toBeLessThan(2_048);
    }
  });

  test('name a trail that is there already, where the file does', () => {
    const arn = 'arn:aws:cloudtrail:eu-central-1:222222222222:trail/whole-organization';
    const given = synthesize(environmentOf({ trail: { arn } }));
    expect(given.stacks).not.toContain('Trail');
    const [pattern] = given
      .resources('AWS::Events::Rule')
      .filter(({ path }) => path.endsWith('/Guard/Trail'))
      .map(({ properties }) => JSON.stringify(properties['EventPattern']));
    expect(pattern).toContain(`["${arn}","whole-organization"]`);
  });
});

describe('the environment’s own trail', () => {
  test('logs every write of management events, KMS’s too, and can be checked', () => {
    const [trail] = synthesis.resources('AWS::CloudTrail::Trail');
    expect(trail?.properties).toMatchObject({
      IsLogging: true,
      EnableLogFileValidation: true,
      IsMultiRegionTrail: false,
      EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }],
    });
    expect(JSON.stringify(trail?.properties)).not.toContain('ExcludeManagementEventSources');
  });
});
