import { describe, expect, test } from 'vitest';
import { conditionsHold, type Conditions, type RequestContext } from './iam-conditions.ts';
import { type AccessRequest, evaluateAccess, type PolicyStatement } from './iam-evaluator.ts';

const ALICE = 'arn:aws:iam::111122223333:user/Alice';

function decide(
  request: AccessRequest,
  statements: { readonly own?: PolicyStatement[]; readonly resource?: PolicyStatement[] },
): string {
  const { own = [], resource = [] } = statements;
  return evaluateAccess(request, {
    principal: ALICE,
    identityPolicies: [{ Statement: own }],
    resourcePolicies: [{ Statement: resource }],
  }).decision;
}

describe('conditions, by the examples and rules of the IAM user guide', () => {
  const rows: [string, Conditions, RequestContext, boolean][] = [
    // reference_policies_elements_condition_operators
    ['one of several values', { StringEquals: { a: ['x', 'y'] } }, { a: 'y' }, true],
    [
      'values with their case',
      { StringEquals: { 'aws:username': 'john' } },
      { 'aws:username': 'John' },
      false,
    ],
    [
      'names in any case',
      { StringEquals: { 'AWS:UserName': 'john' } },
      { 'aws:username': 'john' },
      true,
    ],
    ['none of several values', { StringNotEquals: { a: ['x', 'y'] } }, { a: 'y' }, false],
    ['an absent key', { StringEquals: { a: 'x' } }, {}, false],
    ['an absent key that must not match', { StringNotEquals: { a: 'x' } }, {}, true],
    ['an absent ARN that must not match', { ArnNotEquals: { a: 'arn:aws:s3:::x' } }, {}, true],
    [
      'all keys and all operators',
      { StringEquals: { a: 'x', b: 'y' }, Bool: { c: 'true' } },
      { a: 'x', b: 'y', c: 'false' },
      false,
    ],
    [
      'a home folder',
      { StringLike: { 's3:prefix': ['', 'home/', 'home/bob/*'] } },
      { 's3:prefix': 'home/bob/a/b' },
      true,
    ],
    [
      'no other home folder',
      { StringLike: { 's3:prefix': ['', 'home/', 'home/bob/*'] } },
      { 's3:prefix': 'home/bobby/a' },
      false,
    ],
    ['a single character', { StringLike: { a: 'b?t' } }, { a: 'bat' }, true],
    [
      'encrypted transport',
      { Bool: { 'aws:SecureTransport': 'true' } },
      { 'aws:SecureTransport': 'true' },
      true,
    ],
    ['an old TLS', { NumericLessThan: { 's3:TlsVersion': 1.2 } }, { 's3:TlsVersion': '1.1' }, true],
    ['a new TLS', { NumericLessThan: { 's3:TlsVersion': 1.2 } }, { 's3:TlsVersion': '1.3' }, false],
    [
      'temporary credentials',
      { Null: { 'aws:TokenIssueTime': 'true' } },
      { 'aws:TokenIssueTime': 'x' },
      false,
    ],
    ['no temporary credentials', { Null: { 'aws:TokenIssueTime': 'true' } }, {}, true],
    [
      'a key that must be there',
      { Null: { 'aws:TokenIssueTime': 'false' } },
      { 'aws:TokenIssueTime': 'x' },
      true,
    ],
    [
      'an instance type, if there is one',
      { StringLikeIfExists: { 'ec2:InstanceType': ['t1.*', 't2.*'] } },
      {},
      true,
    ],
    [
      'another instance type',
      { StringLikeIfExists: { 'ec2:InstanceType': ['t1.*', 't2.*'] } },
      { 'ec2:InstanceType': 'm5.large' },
      false,
    ],
    [
      'an absent key that must not match, if there',
      { StringNotEqualsIfExists: { a: 'x' } },
      {},
      true,
    ],
    [
      'a topic of the account',
      { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:123456789012:*' } },
      { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:123456789012:pages:1' },
      true,
    ],
    [
      'an ARN part by part',
      { ArnEquals: { a: 'arn:aws:sns:*:pages' } },
      { a: 'arn:aws:sns:eu-west-1:123456789012:pages' },
      false,
    ],
    // reference_policies_condition-single-vs-multi-valued-context-keys
    [
      'all of several values',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'webserver'] } },
      { 'aws:TagKeys': ['environment', 'webserver'] },
      true,
    ],
    [
      'all of no values',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'webserver'] } },
      {},
      true,
    ],
    [
      'not all of several values',
      { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['environment', 'webserver'] } },
      { 'aws:TagKeys': ['environment', 'cost-center'] },
      false,
    ],
    [
      'any of several values',
      { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['environment', 'webserver'] } },
      { 'aws:TagKeys': ['environment', 'cost-center'] },
      true,
    ],
    [
      'any of no values',
      { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['environment'] } },
      {},
      false,
    ],
    [
      'any that is another',
      { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'environment' } },
      { 'aws:TagKeys': ['environment', 'x'] },
      true,
    ],
    [
      'none that is another',
      { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'environment' } },
      { 'aws:TagKeys': ['environment'] },
      false,
    ],
    [
      'no values that are others',
      { 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'environment' } },
      {},
      false,
    ],
  ];
  test.each(rows)('compare %s', (_title, conditions, context, expected) => {
    expect(conditionsHold(conditions, context)).toBe(expected);
  });

  test('fail when they need what is not known here', () => {
    const compare = (conditions: Conditions) => () =>
      conditionsHold(conditions, { a: ['x', 'y'], b: 'z' });
    expect(compare({ DateLessThan: { b: '2026-01-01' } })).toThrow('DateLessThan');
    expect(compare({ StringEquals: { a: 'x' } })).toThrow('several values');
    expect(compare({ StringLike: { b: '${aws:username}' } })).toThrow('variables');
  });
});

describe('a decision', () => {
  const get = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/wal/1' };
  const allow: PolicyStatement = {
    Effect: 'Allow',
    Action: 's3:Get*',
    Resource: 'arn:aws:s3:::bucket/wal/*',
  };
  const deny: PolicyStatement = { Effect: 'Deny', Action: 's3:*', Resource: '*', Principal: '*' };

  test('is no allowance without a statement', () => {
    expect(decide(get, {})).toBe('not allowed');
    expect(decide({ ...get, resource: 'arn:aws:s3:::bucket/base/1' }, { own: [allow] })).toBe(
      'not allowed',
    );
    expect(decide({ ...get, action: 's3:PutObject' }, { own: [allow] })).toBe('not allowed');
  });

  test('is an allowance by either policy of one account', () => {
    expect(decide(get, { own: [allow] })).toBe('allowed');
    expect(decide(get, { resource: [{ ...allow, Principal: { AWS: ALICE } }] })).toBe('allowed');
    expect(decide({ ...get, action: 'S3:GETOBJECT' }, { own: [allow] })).toBe('allowed');
  });

  test('leaves it to the account where a resource names the account', () => {
    const root = { AWS: 'arn:aws:iam::111122223333:root' };
    expect(decide(get, { resource: [{ ...allow, Principal: root }] })).toBe('not allowed');
    expect(decide(get, { own: [allow], resource: [{ ...deny, Principal: root }] })).toBe('denied');
  });

  test('is a denial by either policy, whatever allows', () => {
    expect(decide(get, { own: [allow, deny] })).toBe('denied');
    expect(decide(get, { own: [allow], resource: [deny] })).toBe('denied');
  });

  test('is about every resource but those that NotResource names', () => {
    const others: PolicyStatement = {
      Effect: 'Deny',
      Action: '*',
      NotResource: ['arn:aws:s3:::bucket/wal/*'],
    };
    expect(decide(get, { own: [allow, others] })).toBe('allowed');
    const base = { ...get, resource: 'arn:aws:s3:::bucket/base/1' };
    expect(decide(base, { own: [{ ...allow, Resource: '*' }, others] })).toBe('denied');
  });
});

describe('the policy by which the S3 user guide enforces conditional writes', () => {
  const resource = 'arn:aws:s3:::amzn-s3-demo-bucket1/key';
  const common = {
    Effect: 'Allow',
    Principal: { AWS: ALICE },
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::amzn-s3-demo-bucket1/*',
  } as const;
  const policy: PolicyStatement[] = [
    { ...common, Sid: 'AllowConditionalPut', Condition: { Null: { 's3:if-none-match': 'false' } } },
    {
      ...common,
      Sid: 'AllowConditionalPutWithMPUs',
      Condition: { Bool: { 's3:ObjectCreationOperation': 'false' } },
    },
  ];

  test.each([
    [
      'a put with a condition',
      { 's3:ObjectCreationOperation': 'true', 's3:if-none-match': '*' },
      'allowed',
    ],
    ['a put without', { 's3:ObjectCreationOperation': 'true' }, 'not allowed'],
    ['a part of an upload', { 's3:ObjectCreationOperation': 'false' }, 'allowed'],
  ])('decides on %s', (_title, context, expected) => {
    const request = { action: 's3:PutObject', resource, context };
    expect(decide(request, { resource: policy })).toBe(expected);
  });
});
