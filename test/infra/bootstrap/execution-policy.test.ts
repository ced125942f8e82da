import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../../bin/environments/index.ts';
import { clusterOf, environmentOf, EXISTING_NETWORK } from '../support/inputs.ts';
import { type JsonObject, listOf, textOf } from '../support/resources.ts';
import { resourceStatements, roleStatements, statementsOf } from '../support/policies.ts';
import { synthesize } from '../support/synthesis.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const FILE = join(ROOT, 'lib/infra/bootstrap/execution-policy.json');
/**
 * What CloudFormation calls to create, read, update and delete a resource of each type, as AWS publishes
 * it with the type's schema, without what belongs to properties that these stacks do not set.
 *
 * @see https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html#schema-properties-handlers
 */
const HANDLER_ACTIONS = new Map(
  Object.entries(readJson(join(import.meta.dirname, 'handler-actions.json'))).map(
    ([type, actions]) => [type, listOf(actions).map(textOf)] as const,
  ),
);
/** For a whole policy, spaces not counted: IAM, "Character limits". */
const MAX_CHARACTERS = 6_144;
/** What ends what is kept. CloudFormation lists these, and does not get them; keys are another matter, below. */
const WITHHELD = [
  'ec2:DeleteVolume',
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  'secretsmanager:DeleteSecret',
];
const NEVER = [
  ...WITHHELD,
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreatePolicyVersion',
  'iam:CreateUser',
  'iam:DeleteRolePermissionsBoundary',
  'iam:PutUserPolicy',
  'kms:DisableKey',
  'organizations:LeaveOrganization',
  's3:BypassGovernanceRetention',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  'sts:AssumeRole',
];
const SECRET = 'AWS::SecretsManager::Secret';
const KEY = 'AWS::KMS::Key';
const END_A_KEY = 'kms:ScheduleKeyDeletion';
/** By `Fn::GetStackOutput`, which is no resource. */
const FOR_REFERENCES = 'cloudformation:DescribeStacks';

const policy = readJson(FILE);
const statements = statementsOf('execution policy', policy);
const allowed = statements.flatMap(({ actions }) => actions);
const syntheses = [
  ...Object.values(ENVIRONMENTS),
  environmentOf({ network: EXISTING_NETWORK }),
  clusterOf({ copy: { region: 'eu-west-1' } }),
  clusterOf({ health: { endpoint: true }, maintenanceWindow: { start: '02:00', minutes: 60 } }),
].map((input) => synthesize(input));
const resources = syntheses.flatMap((synthesis) => synthesis.resources());

describe('the policy that bounds what CloudFormation may do', () => {
  test('covers all that it calls for every type of resource in the stacks', () => {
    const types = [...new Set(resources.map(({ type }) => type))];
    expect(types.filter((type) => !HANDLER_ACTIONS.has(type))).toEqual([]);
    const missing = types
      .flatMap((type) => (HANDLER_ACTIONS.get(type) ?? []).map((action) => ({ type, action })))
      .filter(({ action }) => !WITHHELD.includes(action) && !allowed.some(covers(action)));
    expect(missing).toEqual([]);
  });

  test('allows nothing that none of them calls for', () => {
    const called = [...HANDLER_ACTIONS.values()].flat().concat(FOR_REFERENCES);
    expect(allowed.filter((pattern) => !called.some((action) => covers(action)(pattern)))).toEqual(
      [],
    );
    const gone = [...HANDLER_ACTIONS.keys()].filter(
      (type) => !resources.some((resource) => resource.type === type),
    );
    expect(gone).toEqual([]);
  });

  test.each(NEVER)('does not allow %s', (action) => {
    expect(allowed.filter(covers(action))).toEqual([]);
  });

  test('ends only keys that carry a tag of these stacks, and of those the cluster’s own refuses', () => {
    const ending = statements.filter(({ actions }) => actions.some(covers(END_A_KEY)));
    expect(ending.map(({ condition }) => condition)).toEqual([
      { Null: { 'aws:ResourceTag/holdfast-environment': 'false' } },
    ]);
    const kept = resources.filter(
      ({ type, whole }) => type === KEY && textOf(whole['DeletionPolicy']).startsWith('Retain'),
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const key of kept) {
      const denied = resourceStatements(key).filter(({ effect }) => effect === 'Deny');
      expect(denied.flatMap(({ actions }) => actions)).toContain(END_A_KEY);
    }
    const untagged = resources.filter(
      ({ type, properties }) =>
        type === KEY && !textOf(properties['Tags']).includes('holdfast-environment'),
    );
    expect(untagged).toEqual([]);
  });

  test('names a service and an action in each of its patterns, and denies nothing', () => {
    expect(allowed.filter((pattern) => !/^[a-z0-9-]+:(?!\*$).+/.test(pattern))).toEqual([]);
    expect(new Set(statements.map(({ effect }) => effect))).toEqual(new Set(['Allow']));
  });

  test('fits into one managed policy', () => {
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(MAX_CHARACTERS);
  });

  test('hands roles only to services that the stacks give roles to', () => {
    const trusted = syntheses
      .flatMap((synthesis) => synthesis.resources('AWS::IAM::Role'))
      .flatMap((role) => statementsOf('', role.properties['AssumeRolePolicyDocument']))
      .flatMap(({ principal }) => textOf(principal).match(/[a-z0-9-]+\.amazonaws\.com/g) ?? []);
    const handed = statements
      .filter(({ actions }) => actions.includes('iam:PassRole'))
      .flatMap(({ condition }) => textOf(condition).match(/[a-z0-9-]+\.amazonaws\.com/g) ?? []);
    expect(new Set(handed)).toEqual(new Set(trusted));
  });

  test('is enough because all that is told by its name begins with holdfast', () => {
    const names = syntheses.flatMap(({ assembly }) =>
      assembly.stacks.map(({ stackName }) => stackName),
    );
    expect(names.filter((name) => !name.startsWith('holdfast-'))).toEqual([]);
    const given = resources.flatMap(({ properties }) =>
      ['BucketName', 'AlarmName', 'DashboardName', 'RoleName', 'FunctionName', 'QueueName']
        .map((property) => textOf(properties[property]))
        .filter((name) => name !== '' && !name.startsWith('${')),
    );
    expect(given.filter((name) => !name.startsWith('holdfast-'))).toEqual([]);
  });

  test('is enough because no role has a policy that AWS manages', () => {
    const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role');
    expect(roles.flatMap(({ properties }) => listOf(properties['ManagedPolicyArns']))).toEqual([]);
    expect(syntheses.flatMap((synthesis) => roleStatements(synthesis)).length).toBeGreaterThan(0);
  });

  test('reaches the secrets, which are named after their place in the template', () => {
    const ids = resources.filter(({ type }) => type === SECRET).map(({ id }) => id);
    const reached = statements
      .filter(({ actions }) => actions.includes('secretsmanager:UpdateSecret'))
      .flatMap(({ resources: named }) =>
        named.map((arn) => /secret:(\w+)\*$/.exec(arn)?.[1] ?? '-'),
      );
    expect(ids.filter((id) => !reached.some((prefix) => id.startsWith(prefix)))).toEqual([]);
  });
});

/** Whether a pattern of the policy covers an action, which may end with a star itself. */
function covers(action: string): (pattern: string) => boolean {
  // Nothing else in an action means something to an expression.
  return (pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action);
}

function readJson(path: string): JsonObject {
  return JSON.parse(readFileSync(path, 'utf8'));
}
