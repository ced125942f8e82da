import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../bin/environments/index.ts';
import { OWN_METRICS } from '../../lib/infra/monitoring/monthly-cost.ts';
import { listOf, objectOf, objectsOf, textOf } from '../infra/support/resources.ts';
import { type Synthesis, synthesize } from '../infra/support/synthesis.ts';
import { rowsBelow } from '../support/markdown-tables.ts';

const COSTS = readFileSync(resolve(import.meta.dirname, '../../docs/costs.md'), 'utf8');
const HOURS = 730;
const FREE_IOPS = 3_000;
const FREE_MIBPS = 125;
/** Of an instance, once a minute: CloudWatch, "Basic monitoring and detailed monitoring". */
const DETAILED_METRICS = 7;

const examples = { prod: synthesize(ENVIRONMENTS.prod), dev: synthesize(ENVIRONMENTS.dev) };

/** How many there are of what the first table names. */
const PAID: Readonly<Record<string, (of: Synthesis) => number>> = {
  'instance r8g.xlarge, hours': (of) => (instanceType(of) === 'r8g.xlarge' ? HOURS : 0),
  'instance t4g.medium, hours': (of) => (instanceType(of) === 't4g.medium' ? HOURS : 0),
  'its root volume, GiB': (of) =>
    sum(
      objectsOf(launchData(of)['BlockDeviceMappings']).map(
        ({ Ebs }) => objectOf(Ebs)['VolumeSize'],
      ),
    ),
  'data volume, GiB': (of) => sum(volumes(of, 'Size')),
  'data volume, IOPS above 3,000': (of) => sum(volumes(of, 'Iops')) - FREE_IOPS,
  'data volume, MiB/s above 125': (of) => sum(volumes(of, 'Throughput')) - FREE_MIBPS,
  'interface endpoints, each in one zone': (of) =>
    of
      .resources('AWS::EC2::VPCEndpoint')
      .filter(({ properties }) => properties['VpcEndpointType'] === 'Interface')
      .flatMap(({ properties }) => listOf(properties['SubnetIds'])).length,
  'NAT gateway': (of) => of.resources('AWS::EC2::NatGateway').length,
  'its public address': (of) => of.resources('AWS::EC2::EIP').length,
  'KMS keys': (of) => of.resources('AWS::KMS::Key').length,
  secrets: (of) => of.resources('AWS::SecretsManager::Secret').length,
  'hosted zone': (of) => of.resources('AWS::Route53::HostedZone').length,
  alarms: (of) => of.resources('AWS::CloudWatch::Alarm').length,
  'alarms that are made of others': (of) => of.resources('AWS::CloudWatch::CompositeAlarm').length,
  "Holdfast's own metrics, at most": () => OWN_METRICS,
  'detailed monitoring of the instance, metrics': (of) =>
    objectOf(launchData(of)['Monitoring'])['Enabled'] === true ? DETAILED_METRICS : 0,
  dashboard: (of) => of.resources('AWS::CloudWatch::Dashboard').length,
};

/** How many there are of what the second table names. */
const FREE: Readonly<Record<string, (of: Synthesis) => number>> = {
  stacks: (of) => of.stacks.length,
  functions: (of) => of.resources('AWS::Lambda::Function').length,
  schedules: (of) => of.resources('AWS::Scheduler::Schedule').length,
  'event rules': (of) => of.resources('AWS::Events::Rule').length,
  queues: (of) => of.resources('AWS::SQS::Queue').length,
  topics: (of) => of.resources('AWS::SNS::Topic').length,
  'log groups': (of) => of.resources('AWS::Logs::LogGroup').length,
};

const [total, ...paidInReverse] = rowsBelow(COSTS, '## What is paid by the hour').toReversed();
const paid = paidInReverse.toReversed();

describe('the costs', () => {
  test('count what the templates have', () => {
    const counted = (of: Synthesis, counts: typeof PAID): readonly string[] =>
      Object.values(counts).map((count) => String(count(of)));
    const column = (rows: readonly (readonly string[])[], index: number): readonly string[] =>
      rows.map((row) => row[index] ?? '');
    expect(column(paid, 0)).toEqual(Object.keys(PAID));
    expect(column(paid, 2)).toEqual(counted(examples.prod, PAID));
    expect(column(paid, 4)).toEqual(counted(examples.dev, PAID));
    const free = rowsBelow(COSTS, '## What costs nothing by itself');
    expect(column(free, 0)).toEqual(Object.keys(FREE));
    expect(column(free, 1)).toEqual(counted(examples.prod, FREE));
    expect(column(free, 2)).toEqual(counted(examples.dev, FREE));
  });

  test('multiply and add as they should', () => {
    const sums = paid.map(([what, price, prod, , dev]) => [
      what,
      price,
      prod,
      inDollars(Number(price) * Number(prod)),
      dev,
      inDollars(Number(price) * Number(dev)),
    ]);
    expect(paid).toEqual(sums);
    const all = [2, 4].map((units) =>
      Math.round(paid.reduce((before, row) => before + Number(row[1]) * Number(row[units]), 0)),
    );
    expect([total?.[3], total?.[5]]).toEqual(all.map((dollars) => `**${dollars}**`));
  });

  test.each(Object.entries(examples))('%s: count the calls of every schedule', (_, synthesis) => {
    const functions = synthesis.resources('AWS::Lambda::Function');
    const calls = synthesis.resources('AWS::Scheduler::Schedule').map(({ id, properties }) => {
      const arn = textOf(objectOf(properties['Target'])['Arn']);
      const called = functions.find((one) => arn.startsWith(`\${${one.id}.`));
      return [
        /^Schedules(\w+?)[0-9A-F]{8}$/.exec(id)?.[1] ?? id,
        callsAMonth(textOf(properties['ScheduleExpression'])).toLocaleString('en'),
        textOf(called?.properties['MemorySize']),
      ];
    });
    expect(rowsBelow(COSTS, '### Functions')).toEqual(calls);
  });
});

function launchData(of: Synthesis): ReturnType<typeof objectOf> {
  const [template] = of.resources('AWS::EC2::LaunchTemplate');
  return objectOf(template?.properties['LaunchTemplateData']);
}

function instanceType(of: Synthesis): string {
  return textOf(launchData(of)['InstanceType']);
}

function volumes(of: Synthesis, property: string): readonly unknown[] {
  return of.resources('AWS::EC2::Volume').map(({ properties }) => properties[property]);
}

function sum(values: readonly unknown[]): number {
  return values.reduce<number>((before, value) => before + Number(value), 0);
}

/** In whole dollars from ten on, else to ten cents. */
function inDollars(amount: number): string {
  return String(amount >= 10 ? Math.round(amount) : Math.round(amount * 10) / 10);
}

function callsAMonth(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count === undefined || unit === 'day') return 30;
  const anHour = unit === 'minute' ? 60 : 1;
  return Math.round((HOURS * anHour) / Number(count));
}
