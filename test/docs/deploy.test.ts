import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../bin/environments/index.ts';
import { alarmName } from '../../lib/core/contract/deployed-names.ts';
import { alarmsOf } from '../infra/support/alarms.ts';
import { faultsOf } from '../infra/support/faults.ts';
import { clusterOf, environmentOf, MINIMAL } from '../infra/support/inputs.ts';
import { statementsOf } from '../infra/support/policies.ts';
import { textOf } from '../infra/support/resources.ts';
import { synthesize } from '../infra/support/synthesis.ts';
import { codeOf } from '../support/markdown-commands.ts';
import { rowsBelow } from '../support/markdown-tables.ts';

const DEPLOY = readFileSync(resolve(import.meta.dirname, '../../docs/deploy.md'), 'utf8');
const UNKNOWN_KEY = /unrecognized key/i;

const prod = synthesize(ENVIRONMENTS.prod);
const changes = rowsBelow(DEPLOY, '## Changing things later');
const fields = changes.flatMap(([cell = '']) => [...cell.matchAll(/`([\w.]+)`/g)]);

describe('the guide to a deployment', () => {
  test.each(fields.map(([, field = '']) => field))('%s is a field of a cluster', (field) => {
    expect(faultsOfField(field).filter((fault) => UNKNOWN_KEY.test(fault))).toEqual([]);
  });

  test('knows a field that is not there', () => {
    expect(faultsOfField('volume.colour').filter((fault) => UNKNOWN_KEY.test(fault))).toHaveLength(
      1,
    );
  });

  test('lists the services that machines without a way out must reach', () => {
    const listed = rowsBelow(DEPLOY, '## In a network that you have').flatMap(([cell = '']) =>
      [...cell.matchAll(/`([a-z0-9.]+)`/g)].map(([, service]) => service),
    );
    const endpoints = synthesize(clusterOf({ envelope: true }))
      .resources('AWS::EC2::VPCEndpoint')
      .map(({ properties }) =>
        textOf(properties['ServiceName']).replace(/^com\.amazonaws\.[^.]+\./, ''),
      );
    expect(new Set(listed)).toEqual(new Set(endpoints));
  });

  test('tries the page of an alarm that there is, and that is over by itself', () => {
    const id = { environment: 'prod', cluster: 'orders', id: 'EventLost' };
    expect(DEPLOY).toContain(`--alarm-name ${alarmName(id)}`);
    const alarm = prod
      .resources('AWS::CloudWatch::Alarm')
      .find(({ properties }) => properties['AlarmName'] === alarmName(id));
    expect(alarm?.properties['TreatMissingData']).toBe('notBreaching');
  });

  test('says which pages come before the first values do: those of silence over more than a minute', () => {
    const told = rowsBelow(DEPLOY, '### What a first deployment may page').flatMap(([cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, id]) => id),
    );
    const slow = alarmsOf(prod)
      .filter(({ missing, severity }) => missing === 'breaching' && severity === 'page')
      .filter(({ periodSec }) => periodSec > 60)
      .map(({ id }) => id);
    expect(new Set(told)).toEqual(new Set(slow));
  });

  test('finds the function that starts backups by a name that it has', () => {
    const [, prefix = '-'] = /starts_with\(LogicalResourceId, '(\w+)'\)/.exec(DEPLOY) ?? [];
    const found = prod.resources('AWS::Lambda::Function').filter(({ id }) => id.startsWith(prefix));
    expect(found.map(({ properties }) => properties['Description'])).toEqual([
      'Claims a scheduled base backup and starts its task',
    ]);
  });

  test('names bucket, stacks and parameters as they are', () => {
    const buckets = prod.resources('AWS::S3::Bucket');
    const names = new Set(
      [
        ...prod.assembly.stacks.flatMap(({ stackName, id }) => [stackName, id]),
        ...buckets.map(({ properties }) => textOf(properties['BucketName'])),
      ].map((name) => name.replace('-111111111111', '')),
    );
    const used = codeOf(DEPLOY)
      .flatMap(
        (code) => code.match(/(?<![\w-])(?:orders-[A-Z]\w+|holdfast-prod-orders-[a-z]+)/g) ?? [],
      )
      .filter((name) => !names.has(name));
    expect(used).toEqual([]);
  });

  test('is right that deployments alone may change lifecycle rules', () => {
    const policy = prod
      .resources('AWS::S3::BucketPolicy')
      .find(({ stack }) => stack === 'orders-Data');
    const denial = statementsOf('archive', policy?.properties['PolicyDocument']).find(
      ({ effect, actions }) =>
        effect === 'Deny' && actions.includes('s3:PutLifecycleConfiguration'),
    );
    expect(JSON.stringify(denial?.condition['ArnNotEquals'])).toMatch(
      /cdk-hnb659fds-cfn-exec-role/,
    );
  });

  test('takes three lines: all else has a default', () => {
    const { account, region, notifications } = ENVIRONMENTS.prod;
    const minimal = synthesize(environmentOf({ account, region, notifications }));
    expect(minimal.stacks).toEqual(prod.stacks);
  });
});

/** What is said of a cluster that sets `field`, such as `volume.iops`, to something that it cannot be. */
function faultsOfField(field: string): readonly string[] {
  const [first = '', second] = field.split('.');
  const cluster = { id: 'orders', [first]: second === undefined ? null : { [second]: null } };
  return faultsOf({ ...MINIMAL, clusters: [cluster] });
}
