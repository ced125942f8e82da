import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { describe, expect, inject, test } from 'vitest';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { NetworkStack } from '../../../lib/infra/stacks/network-stack.ts';
import { clusterOf, EXISTING_NETWORK, environmentOf } from '../support/inputs.ts';
import { listOf, objectOf, objectsOf, type Resource, textOf } from '../support/resources.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';

const NAT = environmentOf({ network: { egress: 'nat' } });
const EXISTING = environmentOf({ network: EXISTING_NETWORK });
/** Called by machines without a way to the internet. */
const CALLED = [
  'cloudformation',
  'ec2',
  'ecr.api',
  'ecr.dkr',
  'logs',
  'secretsmanager',
  'ssm',
  'ssmmessages',
];

function endpoints(from: Synthesis, kind: 'Interface' | 'Gateway'): readonly Resource[] {
  return from
    .resources('AWS::EC2::VPCEndpoint')
    .filter(({ properties }) => properties['VpcEndpointType'] === kind);
}

function servicesOf(from: Synthesis): readonly string[] {
  return endpoints(from, 'Interface')
    .map(({ properties }) =>
      textOf(properties['ServiceName']).replace('com.amazonaws.eu-central-1.', ''),
    )
    .toSorted();
}

function zonesOf(from: Synthesis, { properties }: Resource): readonly string[] {
  const subnets = from.resources('AWS::EC2::Subnet');
  return listOf(properties['SubnetIds']).map((subnet) =>
    textOf(
      subnets.find(({ id }) => textOf(subnet) === `\${${id}}`)?.properties['AvailabilityZone'],
    ),
  );
}

describe('a network of its own', () => {
  test.each([
    ['endpoints', environmentOf()],
    ['a NAT gateway', NAT],
  ])('reaches S3 by a gateway, which costs nothing, also with %s', (_, input) => {
    const from = synthesize(input);
    const [gateway, ...more] = endpoints(from, 'Gateway');
    expect(more).toEqual([]);
    expect(textOf(gateway?.properties['ServiceName'])).toBe('com.amazonaws.${AWS::Region}.s3');
    const tables = from.resources('AWS::EC2::RouteTable');
    expect(listOf(gateway?.properties['RouteTableIds'])).toHaveLength(tables.length);
  });

  test('logs what it refuses, for a month', () => {
    const { resources } = synthesize();
    expect(resources('AWS::EC2::FlowLog')[0]?.properties).toMatchObject({
      TrafficType: 'REJECT',
      LogDestinationType: 'cloud-watch-logs',
    });
    expect(
      resources('AWS::Logs::LogGroup').find(({ stack }) => stack === 'Network')?.properties,
    ).toMatchObject({ RetentionInDays: 30 });
  });

  test('has a zone of names that only it can resolve', () => {
    const [zone] = synthesize().resources('AWS::Route53::HostedZone');
    expect(zone?.properties['Name']).toBe('prod.holdfast.internal.');
    expect(listOf(zone?.properties['VPCs'])).toHaveLength(1);
  });

  describe('with endpoints', () => {
    const from = synthesize();

    test('has no way to the internet', () => {
      for (const type of ['InternetGateway', 'NatGateway', 'EIP', 'EgressOnlyInternetGateway']) {
        expect(from.resources(`AWS::EC2::${type}`)).toEqual([]);
      }
      expect(from.resources('AWS::EC2::Route')).toEqual([]);
    });

    test('has one for each service that machines in it call', () => {
      expect(servicesOf(from)).toEqual(CALLED);
    });

    test('has one for KMS as soon as the archive of any cluster is sealed', () => {
      const sealed = [...CALLED, 'kms'].toSorted();
      expect(servicesOf(synthesize(clusterOf({ envelope: true })))).toEqual(sealed);
      const one = synthesize(
        environmentOf({ clusters: [{ id: 'orders' }, { id: 'billing', envelope: true }] }),
      );
      expect(servicesOf(one)).toEqual(sealed);
    });

    test('lets the network reach them, over HTTPS', () => {
      const groups = from
        .resources('AWS::EC2::SecurityGroup')
        .filter(({ stack }) => stack === 'Network');
      expect(groups.map(({ properties }) => objectsOf(properties['SecurityGroupIngress']))).toEqual(
        [[expect.objectContaining({ CidrIp: '10.42.0.0/16', FromPort: 443, ToPort: 443 })]],
      );
      for (const { properties } of endpoints(from, 'Interface')) {
        expect(listOf(properties['SecurityGroupIds']).map(textOf)).toEqual([
          `\${${groups[0]?.id}.GroupId}`,
        ]);
        expect(properties['PrivateDnsEnabled']).toBe(true);
      }
    });

    test.each([
      [['eu-central-1a', 'eu-central-1a'], ['eu-central-1a']],
      [['eu-central-1b'], ['eu-central-1b']],
      [
        ['eu-central-1c', 'eu-central-1a'],
        ['eu-central-1c', 'eu-central-1a'],
      ],
    ])('with clusters in %j has each once in %j: they are paid by the zone', (zones, paid) => {
      const two = synthesize(
        environmentOf({
          availabilityZones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
          clusters: zones.map((availabilityZone, index) => ({ id: `c${index}`, availabilityZone })),
        }),
      );
      for (const endpoint of endpoints(two, 'Interface')) {
        expect(zonesOf(two, endpoint)).toEqual(paid);
      }
      expect(endpoints(two, 'Interface')).toHaveLength(CALLED.length);
    });
  });

  describe('with a NAT gateway', () => {
    const from = synthesize(NAT);

    test('has exactly one, and no interface endpoint', () => {
      expect(from.resources('AWS::EC2::NatGateway')).toHaveLength(1);
      expect(endpoints(from, 'Interface')).toEqual([]);
    });

    test('puts no machine where the internet reaches it', () => {
      const [group] = from.resources('AWS::AutoScaling::AutoScalingGroup');
      expect(textOf(listOf(group?.properties['VPCZoneIdentifier'])[0])).toContain('private');
      const variables = from
        .resources('AWS::Lambda::Function')
        .map(({ properties }) => objectOf(objectOf(properties['Environment'])['Variables']));
      const subnets = variables.map((all) => textOf(all['HOLDFAST_SUBNETS'])).filter(Boolean);
      expect(new Set(subnets).size).toBe(1);
      expect(subnets[0]).toContain('private');
    });
  });
});

describe('a network that is there already', () => {
  const from = synthesize(EXISTING);

  test('is left as it is: nothing is added but a zone of names', () => {
    const added = from.resources().filter(({ stack }) => stack === 'Network');
    expect(added.map(({ type }) => type)).toEqual(['AWS::Route53::HostedZone']);
    expect(JSON.stringify(added[0]?.properties['VPCs'])).toContain('vpc-0123456789abcdef0');
  });

  test('gets host, tasks and functions into its subnet in their zone', () => {
    const [group] = from.resources('AWS::AutoScaling::AutoScalingGroup');
    expect(group?.properties['VPCZoneIdentifier']).toEqual(['subnet-0123456789abcdef0']);
    const text = JSON.stringify(from.resources('AWS::Lambda::Function'));
    expect(text).toContain('"HOLDFAST_SUBNETS":"subnet-0123456789abcdef0"');
    expect(text).not.toContain('subnet-0123456789abcdef1');
    expect(from.resources('AWS::EC2::Volume')[0]?.properties['AvailabilityZone']).toBe(
      'eu-central-1b',
    );
  });
});

test('fails when a subnet is asked for in a zone that the network is not in', () => {
  const app = new App({
    outdir: join(inject('runFolder'), 'network'),
    analyticsReporting: false,
  });
  const named = parseDeployments({ prod: EXISTING }, 'prod');
  const network = new NetworkStack(app, 'Network', named);
  expect(() => network.subnetIn('eu-central-1a')).toThrow(
    expect.objectContaining({ code: 'NETWORK-ZONE' }),
  );
});
