import { describe, expect, test } from 'vitest';
import { ENVIRONMENTS } from '../../../bin/environments/index.ts';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { refusalOf } from '../support/faults.ts';
import { clusterOf, environmentOf, MINIMAL } from '../support/inputs.ts';

describe('parseDeployments', () => {
  test('gives the environment that is wanted, by its name', () => {
    const named = parseDeployments({ dev: MINIMAL, prod: clusterOf({ id: 'billing' }) }, 'prod');
    expect(named.name).toBe('prod');
    expect(named.deployment.clusters.map(({ id }) => id)).toEqual(['billing']);
  });

  test.each(Object.keys(ENVIRONMENTS))('takes %s as it is in bin/environments', (name) => {
    expect(parseDeployments(ENVIRONMENTS, name).name).toBe(name);
  });

  test('needs no more than an account, a region, somebody to tell and a cluster’s id', () => {
    const { deployment } = parseDeployments({ prod: MINIMAL }, 'prod');
    expect(deployment).toMatchObject({
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      network: { cidr: '10.42.0.0/16', egress: 'endpoints' },
      terminationProtection: true,
      notifications: { ticket: { emails: ['oncall@example.com'] } },
      clusters: [
        {
          id: 'orders',
          postgres: { major: 18, settings: {} },
          instance: { type: 'r8g.large', architecture: 'arm64' },
          volume: { sizeGiB: 100, iops: 3_000, throughputMiBps: 125 },
          rpoSec: 300,
          backup: {
            schedule: { at: ['02:30'], days: 'daily', timeZone: 'UTC' },
            timeoutHours: 6,
            capacity: 'FARGATE',
            size: { vcpu: 2, memoryGiB: 4 },
          },
          retention: { days: 35, undeleteDays: 7 },
        },
      ],
    });
  });

  test('tells all faults of all environments in one message, each by its path', () => {
    const { code, message, hint } = refusalOf(
      {
        dev: MINIMAL,
        staging: { ...MINIMAL, account: '42', region: 'Frankfurt' },
        prod: clusterOf({ id: 'Orders', volume: { sizeGiB: 1 } }),
      },
      'dev',
    );
    expect(code).toBe('CONFIG-DEPLOYMENT');
    expect(message).toContain('the environments have 4 faults:');
    for (const path of [
      'staging.account',
      'staging.region',
      'prod.clusters.0.id',
      'prod.clusters.0.volume.sizeGiB',
    ]) {
      expect(message).toContain(`\n  ${path}: `);
    }
    expect(hint).toContain('nothing was deployed');
  });

  test('tells what does not fit together beside what is wrong by itself', () => {
    const { message } = refusalOf({
      prod: environmentOf({
        account: '42',
        clusters: [{ id: 'orders' }, { id: 'orders', availabilityZone: 'us-east-1a' }],
      }),
    });
    expect(message).toContain('\n  prod.account: ');
    expect(message).toContain('\n  prod.clusters.1.id: orders is there twice');
    expect(message).toContain('\n  prod.clusters.1.availabilityZone: us-east-1a is none of');
  });

  test('fails when no environment is named, and names those there are', () => {
    const { code, message } = refusalOf({ dev: MINIMAL, prod: MINIMAL }, '');
    expect(code).toBe('CONFIG-DEPLOYMENT');
    expect(message).toContain('dev, prod');
    expect(() => parseDeployments({ dev: MINIMAL }, undefined)).toThrow('no environment was named');
  });

  test('fails when an environment is named that is not there, and names those there are', () => {
    const { message } = refusalOf({ dev: MINIMAL, prod: MINIMAL }, 'qa');
    expect(message).toContain('there is no environment qa');
    expect(message).toContain('dev, prod');
  });

  test.each(['p', 'Prod', 'eu-prod', 'prod_1', '1prod', 'productionproduct'])(
    'refuses %s as an environment’s name: names of stacks and alarms are taken apart again',
    (name) => {
      expect(refusalOf({ [name]: { ...MINIMAL } }).message).toContain(`\n  ${name}: is no name`);
    },
  );

  describe('the name of a cluster’s bucket', () => {
    /** `holdfast-`, a hyphen, another and the account's digits. */
    const REST = 9 + 1 + 1 + 12;
    const longest = 'a'.repeat(31);

    test('may have 63 characters', () => {
      const name = 'e'.repeat(63 - REST - longest.length);
      expect(parseDeployments({ [name]: clusterOf({ id: longest }) }, name).name).toBe(name);
    });

    test('is refused with 64: both names and the length are in the message', () => {
      const name = 'e'.repeat(64 - REST - longest.length);
      const { code, message } = refusalOf({ [name]: clusterOf({ id: longest }) });
      expect(code).toBe('CONFIG-DEPLOYMENT');
      expect(message).toContain(
        `${name}.clusters.0.id: with ${name} and ${longest} the bucket ` +
          `holdfast-${name}-${longest}-111111111111 has 64 characters`,
      );
    });
  });
});
