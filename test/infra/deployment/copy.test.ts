import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../lib/infra/deployment/cluster.ts';
import { Copy, copyRetention } from '../../../lib/infra/deployment/copy.ts';
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

  test('may keep less than the archive, and has the rest from it', () => {
    const copy = { region: 'eu-west-1', retention: { days: 14, monthly: 6 } };
    const cluster = Cluster.parse({ id: 'orders', retention: { weekly: 9 }, copy });
    const kept = copyRetention(cluster.retention, Copy.parse(copy));
    expect(kept).toMatchObject({ days: 14, daily: 7, weekly: 9, monthly: 6 });
  });

  test('needs no object longer than the archive locks it: S3 copies the lock with it', () => {
    const copy = { region: 'eu-west-1', retention: { days: 60 } };
    expect(faultsOf(clusterOf({ copy }))).toEqual([
      'clusters.0.copy.retention.days: 60 need objects of the copy for 68 days, and S3 locks them as the archive does, for 43: make retention.lock.days longer',
    ]);
    const retention = { days: 60, lock: { days: 70 } };
    expect(faultyPathsOf(clusterOf({ copy, retention, id: 'O' }))).toEqual(['clusters.0.id']);
  });

  test('contradicts itself no more than the archive may, and says what of the two does', () => {
    const copy = { region: 'eu-west-1', retention: { shorten: ['yearly' as const] } };
    expect(faultyPathsOf(clusterOf({ copy }))).toEqual([
      'clusters.0.copy.retention.shorten',
      'clusters.0.copy.retention.shorten.0',
    ]);
    const retention = { shorten: ['yearly' as const] };
    expect(faultyPathsOf(clusterOf({ retention, copy: { region: 'eu-west-1' } }))).toEqual([
      'clusters.0.retention.shorten',
      'clusters.0.retention.shorten.0',
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
