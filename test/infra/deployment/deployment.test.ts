import { describe, expect, test } from 'vitest';
import { parseDeployments } from '../../../lib/infra/deployment/parse-deployments.ts';
import { zoneOf } from '../../../lib/infra/deployment/deployment.ts';
import type { DeploymentInput } from '../../../lib/infra/deployment/deployment.ts';
import { faultsOf, faultyPathsOf } from '../support/faults.ts';
import { EXISTING_NETWORK, environmentOf, MINIMAL } from '../support/inputs.ts';

function zonesOf(input: DeploymentInput): readonly string[] {
  const { deployment } = parseDeployments({ prod: input }, 'prod');
  return deployment.clusters.map((cluster) => zoneOf(deployment, cluster));
}

describe('an environment’s file', () => {
  test.each([
    ['', { accuont: '111111111111' }],
    ['network', { network: { egres: 'nat' } }],
    ['notifications', { notifications: { ...MINIMAL.notifications, repeat: 5 } }],
    ['notifications.page', { notifications: { page: { emails: ['a@example.com'], slack: '' } } }],
    ['baseImages', { baseImages: { postgresql: 'postgres:18' } }],
    ['clusters.0', { clusters: [{ id: 'orders', rpo: 60 }] }],
    ['clusters.0.postgres', { clusters: [{ id: 'orders', postgres: { version: 18 } }] }],
    ['clusters.0.instance', { clusters: [{ id: 'orders', instance: { size: 'large' } }] }],
    ['clusters.0.volume', { clusters: [{ id: 'orders', volume: { size: 10 } }] }],
    ['clusters.0.backup', { clusters: [{ id: 'orders', backup: { cron: '0 0 * * *' } }] }],
    ['clusters.0.backup.size', { clusters: [{ id: 'orders', backup: { size: { cpu: 1 } } }] }],
    ['clusters.0.retention', { clusters: [{ id: 'orders', retention: { weeks: 5 } }] }],
  ])('refuses a key that it does not know in “%s”', (path, changes) => {
    const faults = faultsOf({ ...MINIMAL, ...changes });
    expect(faults).toEqual([expect.stringMatching(/Unrecognized key: "\w+"$/)]);
    expect(faults[0]).toContain(path === '' ? 'prod:' : `${path}:`);
  });

  test('needs at least one cluster', () => {
    expect(faultyPathsOf({ ...MINIMAL, clusters: [] })).toEqual(['clusters']);
  });

  test('refuses two clusters of one id', () => {
    expect(faultsOf(environmentOf({ clusters: [{ id: 'orders' }, { id: 'orders' }] }))).toEqual([
      'clusters.1.id: orders is there twice',
    ]);
  });

  test('refuses a cluster whose id begins as another’s: rights on alarms go by prefix', () => {
    expect(faultsOf(environmentOf({ clusters: [{ id: 'orders-eu' }, { id: 'orders' }] }))).toEqual([
      expect.stringContaining('clusters.1.id: orders-eu begins with it'),
    ]);
  });

  test('takes ids of which one begins as the other, when no hyphen follows', () => {
    expect(
      zonesOf(environmentOf({ clusters: [{ id: 'orders' }, { id: 'orders2' }] })),
    ).toHaveLength(2);
  });

  test('puts a cluster into the first zone, unless it names one', () => {
    const clusters = [{ id: 'orders' }, { id: 'billing', availabilityZone: 'eu-central-1b' }];
    expect(zonesOf(environmentOf({ clusters }))).toEqual(['eu-central-1a', 'eu-central-1b']);
  });

  test('refuses a cluster’s zone that the network is not in', () => {
    const clusters = [{ id: 'orders', availabilityZone: 'eu-central-1c' }];
    expect(faultsOf(environmentOf({ clusters }))).toEqual([
      "clusters.0.availabilityZone: eu-central-1c is none of the network's: eu-central-1a, eu-central-1b",
    ]);
  });

  test('refuses a zone of another region', () => {
    expect(faultsOf(environmentOf({ availabilityZones: ['eu-central-1a', 'eu-west-1b'] }))).toEqual(
      ['availabilityZones.1: eu-west-1b is not in the region eu-central-1'],
    );
  });

  describe('with a network that is there already', () => {
    test('puts a cluster into the zone of its first subnet, unless it names one', () => {
      const clusters = [{ id: 'orders' }, { id: 'billing', availabilityZone: 'eu-central-1c' }];
      expect(zonesOf(environmentOf({ network: EXISTING_NETWORK, clusters }))).toEqual([
        'eu-central-1b',
        'eu-central-1c',
      ]);
    });

    test('refuses a zone in which it has no subnet', () => {
      const clusters = [{ id: 'orders', availabilityZone: 'eu-central-1a' }];
      const input = environmentOf({ network: EXISTING_NETWORK, clusters });
      expect(faultyPathsOf(input)).toEqual(['clusters.0.availabilityZone']);
    });
  });
});
