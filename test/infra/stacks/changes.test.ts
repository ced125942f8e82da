import { describe, expect, test } from 'vitest';
import type { DeploymentInput } from '../../../lib/infra/deployment/deployment.ts';
import { type ClusterInput, clusterOf, environmentOf } from '../support/inputs.ts';
import { type JsonObject, objectOf } from '../support/resources.ts';
import { type Synthesis, synthesize, synthesizeAnew } from '../support/synthesis.ts';

const BEFORE = synthesize();

function templateOf({ template }: Synthesis, stack: string): string {
  return JSON.stringify(template(stack).toJSON());
}

/** All that decides whether a host is replaced. */
function launchOf(synthesis: Synthesis): readonly JsonObject[] {
  return synthesis
    .resources()
    .filter(({ type }) => /LaunchTemplate$|AutoScalingGroup$|InstanceProfile$/.test(type))
    .map(({ whole }) => whole);
}

/** Resources of the data stack that differ, with what they are after a change. */
function changedData(after: Synthesis): Readonly<Record<string, JsonObject>> {
  const before = new Map(BEFORE.resources().map(({ path, whole }) => [path, whole]));
  const changed = after
    .resources()
    .filter(({ stack }) => stack.endsWith('-Data'))
    .filter(({ path, whole }) => JSON.stringify(before.get(path)) !== JSON.stringify(whole));
  return Object.fromEntries(changed.map(({ path, whole }) => [path, whole]));
}

/** What is changed from day to day. */
const DEPLOYMENTS: Readonly<Record<string, DeploymentInput>> = {
  'settings of PostgreSQL': clusterOf({ postgres: { settings: { work_mem: '64MB' } } }),
  'the major version of PostgreSQL': clusterOf({ postgres: { major: 17 } }),
  'the base images': environmentOf({ baseImages: { node: 'node:24.1-trixie-slim' } }),
  'the machine image of the next host': clusterOf({ instance: { ami: 'ami-0123456789abcdef0' } }),
  'the schedule of backups': clusterOf({ backup: { schedule: { at: ['04:00', '16:00'] } } }),
  "the size of a backup's task": clusterOf({ backup: { size: { vcpu: 4 } } }),
  'the objective for lost work': clusterOf({ rpoSec: 60 }),
  'how clients share connections': clusterOf({ pooler: { poolSize: 40 } }),
  'whether clients share connections': clusterOf({ pooler: { enabled: false } }),
  'what is done about lost data': clusterOf({ onLostData: 'recover' }),
  'when PostgreSQL may be restarted': clusterOf({
    maintenanceWindow: { start: '02:00', minutes: 60 },
  }),
  'who is told': environmentOf({ notifications: { page: { emails: ['new@example.com'] } } }),
  'where the runbook is': environmentOf({ runbookUrl: 'https://wiki.example.com/holdfast' }),
};

describe.each(Object.entries(DEPLOYMENTS))('a deployment that changes %s', (_, input) => {
  const after = synthesize(input);

  test('changes something', () => {
    const same = BEFORE.stacks.every(
      (stack) => templateOf(after, stack) === templateOf(BEFORE, stack),
    );
    expect(same).toBe(false);
  });

  test('leaves launch template and group as they are, to the byte: the host runs on', () => {
    expect(JSON.stringify(launchOf(after))).toBe(JSON.stringify(launchOf(BEFORE)));
  });

  test('leaves the data stack as it is, to the byte', () => {
    expect(templateOf(after, 'orders-Data')).toBe(templateOf(BEFORE, 'orders-Data'));
  });
});

describe('a deployment that changes', () => {
  test.each<[string, ClusterInput['instance']]>([
    ['the type of the instance', { type: 'r8g.4xlarge' }],
    ['the processor', { type: 'm7i.large', architecture: 'x86_64' }],
  ])('%s leaves volume, key, archive and secrets as they are, to the byte', (_, instance) => {
    const after = synthesize(clusterOf({ instance }));
    expect(templateOf(after, 'orders-Data')).toBe(templateOf(BEFORE, 'orders-Data'));
    expect(JSON.stringify(launchOf(after))).not.toBe(JSON.stringify(launchOf(BEFORE)));
  });

  test.each<[string, ClusterInput['volume'], JsonObject]>([
    ['the size', { sizeGiB: 200 }, { Size: 200 }],
    ['the IOPS', { iops: 4_000 }, { Iops: 4_000 }],
    ['the throughput', { throughputMiBps: 250 }, { Throughput: 250 }],
  ])(
    '%s of the volume changes that property only, which needs no other volume',
    (_, volume, changes) => {
      const after = synthesize(clusterOf({ volume }));
      const changed = changedData(after);
      expect(Object.keys(changed)).toEqual(['orders-Data/Volume']);
      const before = BEFORE.resources('AWS::EC2::Volume')[0]?.properties;
      expect(objectOf(changed['orders-Data/Volume'])['Properties']).toEqual({
        ...before,
        ...changes,
      });
      expect(JSON.stringify(launchOf(after))).toBe(JSON.stringify(launchOf(BEFORE)));
    },
  );

  test('how long an expired object can be brought back changes that rule only', () => {
    const changed = changedData(synthesize(clusterOf({ retention: { undeleteDays: 30 } })));
    expect(Object.keys(changed)).toEqual(['orders-Data/Vault/Bucket']);
  });

  test('who may delete changes policies only', () => {
    const breakGlassRoleArn = 'arn:aws:iam::111111111111:role/break-glass';
    const changed = changedData(synthesize(clusterOf({ breakGlassRoleArn })));
    expect(Object.keys(changed).toSorted()).toEqual([
      'orders-Data/Key',
      'orders-Data/Vault/Bucket/Policy',
    ]);
  });

  test('the way out of the network leaves the data stack as it is, to the byte', () => {
    const after = synthesize(environmentOf({ network: { egress: 'nat' } }));
    expect(templateOf(after, 'orders-Data')).toBe(templateOf(BEFORE, 'orders-Data'));
  });

  test('nothing gives the same templates again, to the byte', () => {
    const again = synthesizeAnew();
    for (const stack of BEFORE.stacks) {
      expect(templateOf(again, stack)).toBe(templateOf(BEFORE, stack));
    }
  });
});

describe('the group of the host', () => {
  const [group] = BEFORE.resources('AWS::AutoScaling::AutoScalingGroup');

  test('has no policy by which CloudFormation replaces an instance', () => {
    expect(group?.whole['UpdatePolicy']).toEqual({
      AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true },
    });
  });

  test('names no code: bundle, image and functions reach the host by parameters', () => {
    const text = JSON.stringify(launchOf(BEFORE));
    expect(text).not.toMatch(/[0-9a-f]{64}/);
    expect(text).not.toContain('cdk-hnb659fds');
  });
});
