import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../bin/environments/index.ts';
import { alarmName } from '../../lib/core/contract/deployed-names.ts';
import { faultsOf } from '../infra/support/faults.ts';
import { clusterOf, environmentOf } from '../infra/support/inputs.ts';
import { objectOf, textOf } from '../infra/support/resources.ts';
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
    const asked = field.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), null);
    const faults = faultsOf({ ...clusterOf(objectOf(asked as never) as never) });
    expect(faults.filter((fault) => UNKNOWN_KEY.test(fault))).toEqual([]);
  });

  test('knows a field that is not there', () => {
    const faults = faultsOf({ ...clusterOf({ colour: 'red' } as never) });
    expect(faults.filter((fault) => UNKNOWN_KEY.test(fault))).not.toEqual([]);
  });

  test('lists the services that machines without a way out must reach', () => {
    const listed = rowsBelow(DEPLOY, '## In a network that you have').flatMap(([cell = '']) =>
      [...cell.matchAll(/`([a-z0-9.]+)`/g)].map(([, service]) => service),
    );
    const endpoints = prod
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

  test('finds the function that starts backups by a name that it has', () => {
    const [, prefix = '-'] = /starts_with\(LogicalResourceId, '(\w+)'\)/.exec(DEPLOY) ?? [];
    const found = prod.resources('AWS::Lambda::Function').filter(({ id }) => id.startsWith(prefix));
    expect(found.map(({ properties }) => properties['Description'])).toEqual([
      'Claims a scheduled base backup and starts its task',
    ]);
  });

  test('names bucket, stacks and parameters as they are', () => {
    const names = [
      ...prod.assembly.stacks.map(({ stackName, id }) => [stackName, id]).flat(),
      ...prod
        .resources('AWS::S3::Bucket')
        .map(({ properties }) => textOf(properties['BucketName'])),
    ].map((name) => name.replace('-111111111111', ''));
    const used = codeOf(DEPLOY)
      .flatMap(
        (code) => code.match(/(?<![\w-])(?:orders-[A-Z]\w+|holdfast-prod-orders-[a-z]+)/g) ?? [],
      )
      .filter((name) => !names.includes(name));
    expect(used).toEqual([]);
  });

  test('says what it lacks only as long as it does', () => {
    const boot = readFileSync(
      resolve(import.meta.dirname, '../../lib/infra/host/bundle/boot'),
      'utf8',
    );
    expect(boot.includes('has no boot sequence')).toBe(DEPLOY.includes("The host's boot sequence"));
  });

  test('takes three lines: all else has a default', () => {
    const { account, region, notifications } = ENVIRONMENTS.prod;
    const minimal = synthesize(environmentOf({ account, region, notifications }));
    expect(minimal.stacks).toEqual(prod.stacks);
  });
});
