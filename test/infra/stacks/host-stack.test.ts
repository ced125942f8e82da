import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HostConfig } from '../../../lib/core/config/host-config.ts';
import { clusterParameters } from '../../../lib/core/contract/deployed-names.ts';
import { clusterOf, environmentOf, EXISTING_NETWORK } from '../support/inputs.ts';
import { listOf, objectOf, objectsOf, type Resource, textOf } from '../support/resources.ts';
import { type Synthesis, synthesize } from '../support/synthesis.ts';

const NAMES = clusterParameters('prod', 'orders');
const LOG = 'orders-Host/Log';
const synthesis = synthesize();
const template = synthesis.template('orders-Host');

function parameter(from: Synthesis, name: string): Resource | undefined {
  return from
    .resources('AWS::SSM::Parameter')
    .find(({ properties }) => properties['Name'] === name);
}

/** What the host reads at boot, with references in the place of what they become. */
function hostConfig(from: Synthesis): unknown {
  return JSON.parse(textOf(parameter(from, NAMES.hostConfig)?.properties['Value']));
}

/** Who is let in, and where: `10.42.0.0/16 5432`. */
function ingress(from: Synthesis): readonly string[] {
  const group = from
    .resources('AWS::EC2::SecurityGroup')
    .find(({ path }) => path === 'orders-Host/SecurityGroup');
  return objectsOf(group?.properties['SecurityGroupIngress']).map(
    ({ CidrIp, FromPort }) => `${textOf(CidrIp)} ${textOf(FromPort)}`,
  );
}

describe("a cluster's host stack", () => {
  test('keeps exactly one machine, in the zone of the volume', () => {
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      MinSize: '1',
      MaxSize: '1',
      VPCZoneIdentifier: [
        {
          'Fn::GetStackOutput': {
            StackName: 'holdfast-prod-network',
            Region: 'eu-central-1',
            OutputName: 'PublishOutputRefVpcisolatedSubnet1SubnetE62B1B9B85A49968',
          },
        },
      ],
    });
  });

  test('waits an hour for the first start, the longest that CloudFormation can', () => {
    const [group] = synthesis.resources('AWS::AutoScaling::AutoScalingGroup');
    expect(group?.whole['CreationPolicy']).toEqual({
      ResourceSignal: { Count: 1, Timeout: 'PT1H' },
    });
  });

  test('takes no machine for ill that replays WAL, for an hour', () => {
    template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', {
      HealthCheckGracePeriod: 3_600,
      HealthCheckType: 'EC2',
    });
  });

  test('launches no machine before its parameters and rights are there', () => {
    const [group] = synthesis.resources('AWS::AutoScaling::AutoScalingGroup');
    const awaited = listOf(group?.whole['DependsOn']);
    const needed = synthesis
      .resources()
      .filter(({ stack }) => stack === 'orders-Host')
      .filter(({ type }) => ['AWS::SSM::Parameter', 'AWS::IAM::Policy'].includes(type))
      .map(({ id }) => id);
    expect(needed).toHaveLength(4);
    expect(awaited).toEqual(expect.arrayContaining(needed));
  });

  test('puts the tag on the machine by which it may attach the volume', () => {
    const [group] = synthesis.resources('AWS::AutoScaling::AutoScalingGroup');
    expect(objectsOf(group?.properties['Tags'])).toContainEqual({
      Key: 'holdfast-cluster',
      Value: 'prod/orders',
      PropagateAtLaunch: true,
    });
  });

  test('writes a configuration that the host can read', () => {
    expect(HostConfig.parse(hostConfig(synthesis))).toMatchObject({
      environment: 'prod',
      cluster: 'orders',
      major: 18,
      store: 's3://holdfast-prod-orders-111111111111',
      hostName: 'orders.prod.holdfast.internal',
      clientCidrs: ['10.42.0.0/16'],
      caParameter: NAMES.ca,
      settings: {},
      pooler: { enabled: true, poolSize: 20, reservePoolSize: 30, maxClients: 1_000 },
      onLostData: 'refuse',
    });
  });

  test('tells the host what the file says of lost data, the pooler and the window', () => {
    const told = {
      pooler: { enabled: true, poolSize: 5, reservePoolSize: 0, maxClients: 50 },
      onLostData: 'recover',
      maintenanceWindow: { start: '23:30', minutes: 90 },
    } as const;
    const { maintenanceWindow: window, ...rest } = told;
    expect(HostConfig.parse(hostConfig(synthesize(clusterOf(told))))).toMatchObject({
      ...rest,
      window,
    });
    expect(HostConfig.parse(hostConfig(synthesis)).window).toBeUndefined();
  });

  test('tells the host where its log and the keys that sign for it are', () => {
    const { logGroup, authoritySecret } = HostConfig.parse(hostConfig(synthesis));
    const log = synthesis.resources('AWS::Logs::LogGroup').find(({ path }) => path === LOG);
    expect(logGroup).toBe(`\${${log?.id}}`);
    expect(authoritySecret).toMatch(/^\$\{holdfast-prod-orders-data:\w*Authority/);
  });

  test('tells the host who waits for its sign: the group, by its id in the stack', () => {
    const [group] = synthesis.resources('AWS::AutoScaling::AutoScalingGroup');
    expect(HostConfig.parse(hostConfig(synthesis)).signal).toEqual({
      stack: 'holdfast-prod-orders-host',
      resource: group?.id,
    });
  });

  test('lets Holdfast’s own roles log in from the subnet of its tasks, or from a network that was there', () => {
    const { taskCidrs } = HostConfig.parse(hostConfig(synthesis));
    const subnet = synthesis
      .resources('AWS::EC2::Subnet')
      .find(({ properties }) => properties['AvailabilityZone'] === 'eu-central-1a');
    expect(taskCidrs).toEqual([subnet?.properties['CidrBlock']]);
    const existing = synthesize(environmentOf({ network: EXISTING_NETWORK }));
    expect(HostConfig.parse(hostConfig(existing)).taskCidrs).toEqual([EXISTING_NETWORK.cidr]);
  });

  test('tells the host its settings as they stand in the file, whatever characters they have', () => {
    const settings = {
      work_mem: '64MB',
      jit: false,
      log_line_prefix: '"%m" \\ {{x}} ’',
      max_wal_senders: 8,
    };
    const { settings: told } = HostConfig.parse(
      hostConfig(synthesize(clusterOf({ postgres: { settings } }))),
    );
    expect(told).toEqual(settings);
  });

  test('names the bundle by a place in S3 and a SHA-256, as the bootloader wants it', () => {
    expect(parameter(synthesis, NAMES.hostBundle)?.properties['Value']).toMatch(
      /^s3:\/\/cdk-hnb659fds-assets-111111111111-eu-central-1\/[0-9a-f]{64}\.tar [0-9a-f]{64}$/,
    );
  });

  test.each([
    [{ type: 'r8g.large', architecture: 'arm64' }, 'arm64/recommended'],
    [{ type: 'm7i.large', architecture: 'x86_64' }, 'recommended'],
  ] as const)(
    'looks for an image with docker for %j when it is first deployed',
    (instance, path) => {
      const ami = parameter(synthesize(clusterOf({ instance })), NAMES.ami)?.properties;
      expect(ami).toMatchObject({
        DataType: 'aws:ec2:image',
        Value: `{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/${path}/image_id}}`,
      });
    },
  );

  test('takes the image that the file names', () => {
    const input = clusterOf({ instance: { ami: 'ami-0123456789abcdef0' } });
    expect(parameter(synthesize(input), NAMES.ami)?.properties['Value']).toBe(
      'ami-0123456789abcdef0',
    );
  });

  test('lets clients in from the network, or from where the file says', () => {
    expect(ingress(synthesis)).toEqual(['10.42.0.0/16 5432', '10.42.0.0/16 6432']);
    const clientCidrs = ['10.1.0.0/16', '10.2.0.0/16'];
    const named = synthesize(clusterOf({ clientCidrs }));
    expect(ingress(named)).toEqual([
      '10.1.0.0/16 5432',
      '10.1.0.0/16 6432',
      '10.2.0.0/16 5432',
      '10.2.0.0/16 6432',
    ]);
    expect(HostConfig.parse(hostConfig(named)).clientCidrs).toEqual(clientCidrs);
  });

  test('lets nobody reach the port of a pooler that is off', () => {
    const without = synthesize(clusterOf({ pooler: { enabled: false } }));
    expect(ingress(without)).toEqual(['10.42.0.0/16 5432']);
  });

  test('has user data that fits: 16 KB and no more', () => {
    const [launch] = synthesis.resources('AWS::EC2::LaunchTemplate');
    const { UserData } = objectOf(launch?.properties['LaunchTemplateData']);
    const script = textOf(objectOf(UserData)['Fn::Base64']);
    expect(Buffer.byteLength(script)).toBeLessThan(16_384);
    expect(script.startsWith('#!/bin/sh\n')).toBe(true);
    expect(script).not.toMatch(/@[A-Z]+@/);
  });

  test.each([15, 18] as const)('builds the image upon that of PostgreSQL %i', (major) => {
    const baseImages = {
      postgres: 'registry.example.com/postgres:{major}',
      node: 'node:24',
      pooler: 'registry.example.com/pgbouncer',
    };
    const clusters = [{ id: 'orders', postgres: { major } }];
    const { assembly } = synthesize(environmentOf({ baseImages, clusters }));
    const { dockerImages } = JSON.parse(
      readFileSync(join(assembly.directory, 'orders-Host.assets.json'), 'utf8'),
    );
    expect(Object.values(dockerImages)).toEqual([
      expect.objectContaining({
        source: expect.objectContaining({
          dockerBuildArgs: {
            NODE_IMAGE: 'node:24',
            POOLER_IMAGE: 'registry.example.com/pgbouncer',
            POSTGRES_IMAGE: `registry.example.com/postgres:${major}`,
          },
          platform: 'linux/arm64',
        }),
      }),
    ]);
  });
});
