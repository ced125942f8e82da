import { describe, expect, test } from 'vitest';
import { resourceStatements, type Statement } from '../support/policies.ts';
import {
  type JsonObject,
  listOf,
  nameOf,
  objectOf,
  objectsOf,
  type Resource,
  textOf,
} from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { everyStatement, everywhere, VARIANTS } from '../support/variants.ts';

/** Kept whatever happens to their stack; all else comes back with a deployment. */
const KEPT = [
  'AWS::EC2::Volume',
  'AWS::KMS::Key',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
];

/** These know no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const WITHOUT_RESOURCES = new Set([
  'autoscaling:DescribeAutoScalingGroups',
  // On less, these show no alarm that is made of others.
  'cloudwatch:DescribeAlarmHistory',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeInstances',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DescribeVolumes',
  'ec2:UnassignPrivateIpAddresses',
  'ecr:GetAuthorizationToken',
  // With a condition on the cluster.
  'ecs:ListTasks',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
]);

/** Rules of security groups, wherever they stand. */
function rules(direction: 'Ingress' | 'Egress'): readonly JsonObject[] {
  const within = everywhere('AWS::EC2::SecurityGroup').flatMap(({ properties }) =>
    objectsOf(properties[`SecurityGroup${direction}`]),
  );
  const apart = everywhere(`AWS::EC2::SecurityGroup${direction}`).map(
    ({ properties }) => properties,
  );
  return [...within, ...apart];
}

function launchTemplates(): readonly JsonObject[] {
  return everywhere('AWS::EC2::LaunchTemplate').map(({ properties }) =>
    objectOf(properties['LaunchTemplateData']),
  );
}

/** Stacks of what is kept: of an archive and all about it, or of its copy. */
function isKeeping({ stack }: Resource): boolean {
  return stack.endsWith('-Data') || stack.endsWith('-Copy');
}

function clusterKeys(): readonly Resource[] {
  return everywhere('AWS::KMS::Key').filter(isKeeping);
}

function bucketStatements(): readonly Statement[] {
  return everywhere('AWS::S3::BucketPolicy').flatMap(resourceStatements);
}

/** What a stack with a database ought to be tested for, one test for each. */
describe('in every variant', () => {
  test('volume, key, bucket and secrets outlive their stack, and a first deployment that failed does not keep them', () => {
    const kept = everywhere().filter((one) => KEPT.includes(one.type) && isKeeping(one));
    expect(new Set(kept.map(({ type }) => type))).toEqual(new Set(KEPT));
    for (const { whole } of kept) {
      expect(whole).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
    }
  });

  test('nothing else stays behind: its name would be taken at the next deployment', () => {
    const staying = everywhere().filter(
      (one) => !isKeeping(one) && textOf(one.whole['DeletionPolicy']).startsWith('Retain'),
    );
    // What was logged is kept, in a bucket whose name is made up anew.
    const [logs, others] = [true, false].map((isLog) =>
      staying.filter(({ path }) => (path === 'Trail/Changes/Bucket') === isLog),
    );
    expect(logs?.filter(({ properties }) => 'BucketName' in properties)).toEqual([]);
    expect(others?.map(nameOf)).toEqual([]);
  });

  test('no bucket is emptied, and nothing deployed runs with rights over others', () => {
    const custom = everywhere().filter(({ type }) =>
      /^(Custom::|AWS::CloudFormation::)/.test(type),
    );
    expect(custom.map(({ type }) => type)).toEqual([]);
  });

  test('the key of what is kept turns over, and ends in a month at the earliest', () => {
    for (const { properties } of clusterKeys()) {
      expect(properties).toMatchObject({ EnableKeyRotation: true, PendingWindowInDays: 30 });
    }
  });

  test('the host is launched by a launch template', () => {
    expect(everywhere('AWS::AutoScaling::LaunchConfiguration')).toEqual([]);
    expect(everywhere('AWS::AutoScaling::AutoScalingGroup')).toHaveLength(5);
  });

  test('the host gives credentials to whoever asks with a token, and to no container', () => {
    for (const { MetadataOptions } of launchTemplates()) {
      expect(MetadataOptions).toEqual({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
    }
  });

  test("the host's own disk is encrypted, under the account's key: another would end its launch", () => {
    for (const { BlockDeviceMappings } of launchTemplates()) {
      const [{ Ebs } = {}] = objectsOf(BlockDeviceMappings);
      expect(Ebs).toEqual({
        VolumeType: 'gp3',
        VolumeSize: 30,
        Encrypted: true,
        DeleteOnTermination: true,
      });
    }
  });

  test('nobody logs in by key or from the internet', () => {
    for (const template of launchTemplates()) {
      expect(template).not.toHaveProperty('KeyName');
      expect(JSON.stringify(template)).not.toContain('AssociatePublicIpAddress');
    }
    const onLaunch = everywhere('AWS::EC2::Subnet').filter(
      ({ properties }) => properties['MapPublicIpOnLaunch'] !== false,
    );
    expect(onLaunch.map(nameOf)).toEqual([]);
  });

  test('nothing is let in but PostgreSQL, its pooler and HTTPS, from named networks', () => {
    for (const rule of rules('Ingress')) {
      expect(rule['IpProtocol']).toBe('tcp');
      expect([443, 5432, 6432]).toContain(rule['FromPort']);
      expect(rule['ToPort']).toBe(rule['FromPort']);
      expect(['0.0.0.0/0', '::/0']).not.toContain(rule['CidrIp'] ?? rule['CidrIpv6']);
    }
  });

  test('nothing goes out but PostgreSQL, to its server only, and HTTPS', () => {
    // What CDK writes for a group without rules: it admits nothing.
    const nowhere = { CidrIp: '255.255.255.255/32', IpProtocol: 'icmp' };
    const toServer = { ToPort: 5432, DestinationSecurityGroupId: expect.anything() };
    const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
    for (const rule of rules('Egress')) {
      const byPort = rule['FromPort'] === 5432 ? toServer : https;
      expect(rule).toMatchObject(rule['IpProtocol'] === 'icmp' ? nowhere : byPort);
    }
    for (const { properties } of everywhere('AWS::EC2::SecurityGroup')) {
      expect(listOf(properties['SecurityGroupEgress'])).not.toEqual([]);
    }
  });

  test('nobody may delete an object, a bucket or a key, or change what removes them', () => {
    const removing =
      /^(s3:(Delete|Bypass|PutLifecycle|PutBucket|PutObjectTagging|PutObjectRetention)|kms:(ScheduleKeyDeletion|Disable|DeleteImported|PutKeyPolicy)|ec2:(DeleteVolume|Terminate)|secretsmanager:Delete|logs:Delete)/;
    const found = everyStatement().flatMap(({ owner, actions }) =>
      actions
        .filter((name) => removing.test(name))
        .map((name) => `${owner.replace(/^\w+-/, '')} ${name}`),
    );
    // The bucket's policy leaves each to that role alone, and says how far.
    expect(new Set(found)).toEqual(
      new Set(
        ['Data', 'Copy'].flatMap((stack) => [
          `${stack}/Vault/TaggerRole s3:PutObjectTagging`,
          `${stack}/Vault/LockRole s3:PutObjectRetention`,
        ]),
      ),
    );
  });

  test('nothing is allowed on everything that could be allowed on less', () => {
    const wide = everyStatement()
      .filter(({ resources }) => resources.includes('*'))
      .flatMap(({ owner, actions }) =>
        actions.filter((name) => !WITHOUT_RESOURCES.has(name)).map((name) => `${owner} ${name}`),
      );
    expect(wide).toEqual([]);
    const open = everyStatement().filter(
      ({ actions, condition }) => actions.includes('ecs:ListTasks') && !('ArnEquals' in condition),
    );
    expect(open).toEqual([]);
  });

  test('no role can be taken by another account or by everybody', () => {
    for (const { properties } of everywhere('AWS::IAM::Role')) {
      const trust = objectsOf(objectOf(properties['AssumeRolePolicyDocument'])['Statement']);
      expect(trust.map(({ Principal }) => Object.keys(objectOf(Principal)))).toEqual([['Service']]);
    }
  });

  test('the bucket is spoken to over TLS 1.2 only, and so are queues and topics', () => {
    expect(
      bucketStatements().filter(
        ({ condition }) =>
          'Bool' in condition && objectOf(condition['Bool'])['aws:SecureTransport'] === 'false',
      ),
    ).toHaveLength(everywhere('AWS::S3::Bucket').length);
    const versions = bucketStatements().filter(({ condition }) => 'NumericLessThan' in condition);
    expect(
      versions.map(({ condition }) =>
        textOf(objectOf(condition['NumericLessThan'])['s3:TlsVersion']),
      ),
    ).toEqual(everywhere('AWS::S3::Bucket').map(() => '1.2'));
    for (const type of ['AWS::SQS::Queue', 'AWS::SNS::Topic']) {
      const policies = everywhere(`${type}Policy`).flatMap(resourceStatements);
      const secure = policies.filter(
        ({ effect, condition }) =>
          effect === 'Deny' && objectOf(condition['Bool'])['aws:SecureTransport'] === 'false',
      );
      expect(secure).toHaveLength(everywhere(type).length);
    }
  });

  test('one NAT gateway at most: one a zone is dear for what it carries', () => {
    for (const input of Object.values(VARIANTS)) {
      expect(synthesize(input).resources('AWS::EC2::NatGateway').length).toBeLessThanOrEqual(1);
    }
  });

  test('a task has the room that Fargate includes, and asks for no more', () => {
    for (const { properties } of everywhere('AWS::ECS::TaskDefinition')) {
      expect(properties).not.toHaveProperty('EphemeralStorage');
      expect(properties).not.toHaveProperty('Volumes');
    }
  });
});
