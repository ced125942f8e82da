import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alarmsOf, groupsOf } from '../support/alarms.ts';
import { resourceStatements } from '../support/policies.ts';
import {
  entriesOf,
  type JsonObject,
  listOf,
  objectOf,
  objectsOf,
  referredBy,
  textOf,
} from '../support/resources.ts';
import { synthesize } from '../support/synthesis.ts';
import { EVERYWHERE, everywhere, VARIANTS } from '../support/variants.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const BOOTLOADER = readFileSync(join(ROOT, 'lib/infra/host/bootloader.sh'), 'utf8');
/** What CDK puts into every template: which version of its bootstrap stack there must be. */
const OWN_PARAMETER = 'BootstrapVersion';

function launchTemplates(): readonly JsonObject[] {
  return everywhere('AWS::EC2::LaunchTemplate').map(({ properties }) =>
    objectOf(properties['LaunchTemplateData']),
  );
}

/**
 * What other people's stacks of this kind got wrong, numbered so that a reader sees that none is left
 * out. Each test looks at every variant of an environment.
 */
describe('of the fifteen common mistakes, the first eight: there is not', () => {
  test('1: a machine image that any deployment may change', () => {
    for (const input of Object.values(VARIANTS)) {
      for (const { template } of synthesize(input).assembly.stacks) {
        expect(Object.keys(template.Parameters)).toEqual([OWN_PARAMETER]);
      }
    }
    expect(launchTemplates().map(({ ImageId }) => ImageId)).toEqual(
      Array.from({ length: 5 }, () =>
        expect.stringMatching(/^resolve:ssm:\/holdfast\/prod\/\w+\/ami$/),
      ),
    );
  });

  test('2: data on a disk that goes with its machine', () => {
    for (const { BlockDeviceMappings } of launchTemplates()) {
      expect(objectsOf(BlockDeviceMappings).map(({ DeviceName }) => DeviceName)).toEqual([
        '/dev/xvda',
      ]);
    }
    for (const { stack, whole } of everywhere('AWS::EC2::Volume')) {
      expect(stack).toMatch(/-Data$/);
      expect(whole['UpdateReplacePolicy']).toBe('Retain');
    }
  });

  test('3: settings in user data, of which each change replaces the machine', () => {
    for (const { UserData } of launchTemplates()) {
      const script = textOf(objectOf(UserData)['Fn::Base64']);
      const [, parameter = ''] = /^parameter='(.+)'$/m.exec(script) ?? [];
      expect(parameter).toMatch(/^\/holdfast\/prod\/\w+\/host-bundle$/);
      const constant = BOOTLOADER.replace('@PARAMETER@', parameter);
      expect(script).toBe(constant.replace('@REGION@', 'eu-central-1'));
    }
  });

  test('4: a volume that a stack attaches, and that hangs while the old machine has it', () => {
    expect(everywhere('AWS::EC2::VolumeAttachment')).toEqual([]);
    expect(everywhere('AWS::EC2::Instance')).toEqual([]);
    const naming = everywhere().filter(({ properties }) =>
      [...entriesOf(properties)].some(([key]) => ['Volumes', 'VolumeId'].includes(key)),
    );
    expect(naming.map(({ type }) => type)).toEqual([]);
  });

  test('5: a start that formats what it cannot mount', () => {
    expect(BOOTLOADER).not.toMatch(/mkfs|mke2fs|wipefs/);
  });

  test('6: a stack that an unwary hand can delete; see also stateful-ids.test.ts', () => {
    for (const input of Object.values(VARIANTS)) {
      const { stacks } = synthesize(input).assembly;
      expect(stacks.filter(({ terminationProtection }) => terminationProtection !== true)).toEqual(
        [],
      );
    }
  });

  test('7: an alarm that tells nobody', () => {
    const all = Object.values(VARIANTS).map((input) => synthesize(input));
    const groups = all.flatMap((one) => groupsOf(one));
    const silent = all.flatMap((one) => alarmsOf(one).filter(({ tells }) => tells === undefined));
    const heard = new Set(
      groups.filter(({ tells }) => tells !== undefined).flatMap(({ members }) => members),
    );
    expect(silent.filter(({ id }) => !heard.has(id)).map(({ id }) => id)).toEqual([]);
    for (const { properties } of everywhere('AWS::CloudWatch::Alarm')) {
      if (properties['AlarmActions'] === undefined) continue;
      expect(listOf(properties['AlarmActions'])).toHaveLength(1);
      expect(properties['OKActions']).toEqual(properties['AlarmActions']);
      expect(properties['ActionsEnabled'] ?? true).toBe(true);
    }
    // One tells of its own change only: what is about data would get lost behind another's page.
    const ofData = all.flatMap((one) => alarmsOf(one).filter(({ tier }) => tier === 'A'));
    expect(ofData.filter(({ id }) => heard.has(id)).map(({ id }) => id)).toEqual([]);
  });

  test.each(EVERYWHERE)('7: a topic that CloudWatch may not publish to: %s', (variant) => {
    const all = synthesize(VARIANTS[variant]).resources();
    const ofType = (type: string): typeof all => all.filter((resource) => resource.type === type);
    const telling = [
      ...ofType('AWS::CloudWatch::Alarm'),
      ...ofType('AWS::CloudWatch::CompositeAlarm'),
    ].filter(({ properties }) => listOf(properties['AlarmActions']).length > 0);
    const topics = telling.map((alarm) =>
      referredBy(all, alarm, listOf(alarm.properties['AlarmActions'])[0]),
    );
    expect(topics.length).toBeGreaterThan(0);
    for (const topic of new Set(topics)) {
      if (topic === undefined) throw new Error('an alarm tells no topic of its stack');
      const key = referredBy(all, topic, topic.properties['KmsMasterKeyId']);
      const policy = ofType('AWS::SNS::TopicPolicy').find((one) =>
        listOf(one.properties['Topics']).some((named) => referredBy(all, one, named) === topic),
      );
      const given = [key, policy]
        .flatMap((resource) => (resource === undefined ? [] : resourceStatements(resource)))
        .filter(({ effect }) => effect === 'Allow')
        .filter(({ principal }) => objectOf(principal)['Service'] === 'cloudwatch.amazonaws.com')
        .flatMap(({ actions }) => actions);
      // A topic with a policy of its own admits nobody whom that policy does not name.
      expect(given).toEqual(['kms:Decrypt', 'kms:GenerateDataKey', 'sns:Publish']);
    }
  });

  test('8: an alarm that takes silence as it comes', () => {
    for (const { properties } of everywhere('AWS::CloudWatch::Alarm')) {
      expect(['breaching', 'notBreaching']).toContain(properties['TreatMissingData']);
    }
    // Which of them are heartbeats is in alarms.test.ts.
  });
});
