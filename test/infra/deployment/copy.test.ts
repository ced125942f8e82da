import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../lib/infra/deployment/cluster.ts';
import { faultsOf, faultyPathsOf } from '../support/faults.ts';
import { clusterOf, environmentOf } from '../support/inputs.ts';

describe('the copy of an archive', () => {
  test('is asked for: there is none by itself', () => {
    expect(Cluster.parse({ id: 'orders' }).copy).toBeUndefined();
    const copy = { region: 'eu-west-1' };
    expect(Cluster.parse({ id: 'orders', copy }).copy).toEqual({ ...copy, retention: {} });
  });

  test('lies in another region than the archive, and both are named', () => {
    expect(faultsOf(clusterOf({ copy: { region: 'eu-central-1' } }))).toEqual([
      "clusters.0.copy.region: eu-central-1 is the archive's own: both would be lost with it",
    ]);
  });

  test.each([
    ['eu-central-1', 'cn-north-1'],
    ['cn-north-1', 'eu-central-1'],
    ['us-east-1', 'us-gov-east-1'],
  ])('of %s does not lie in %s, where S3 replicates nothing to', (region, elsewhere) => {
    const clusters = [{ id: 'orders', copy: { region: elsewhere } }];
    expect(faultsOf(environmentOf({ region, clusters }))).toEqual([
      `clusters.0.copy.region: S3 replicates nothing from ${region} to ${elsewhere}`,
    ]);
  });

  test('keeps no less than from one backup to the next, and both are named', () => {
    const backup = { schedule: { days: ['sun' as const] } };
    const copy = { region: 'eu-west-1', retention: { days: 6 } };
    expect(faultsOf(clusterOf({ backup, copy }))).toEqual([
      'clusters.0.copy.retention.days: 6 is shorter than the 169 hours between two backups',
    ]);
  });

  test.each([
    ['no region', { region: 'Ireland' }, 'clusters.0.copy.region'],
    [
      'no day',
      { region: 'eu-west-1', retention: { undeleteDays: 0 } },
      'clusters.0.copy.retention.undeleteDays',
    ],
    [
      'a typing error',
      { region: 'eu-west-1', retention: { dayz: 3 } },
      'clusters.0.copy.retention',
    ],
  ])('refuses %s', (_, copy, path) => {
    expect(faultyPathsOf({ ...clusterOf(), clusters: [{ id: 'orders', copy }] })).toEqual([path]);
  });
});
