import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../lib/infra/deployment/cluster.ts';
import { faultsOf, faultyPathsOf } from '../support/faults.ts';
import { clusterOf } from '../support/inputs.ts';

describe("a cluster's id", () => {
  test.each(['o', 'Orders', '1orders', 'orders_eu', 'orders.eu', 'o'.repeat(32)])(
    'is not %s',
    (id) => {
      expect(faultyPathsOf(clusterOf({ id }))).toContain('clusters.0.id');
    },
  );
});

describe("a cluster's instance", () => {
  test.each(['r8g.xlarge', 't4g.medium', 'c7gn.16xlarge', 'im4gn.large', 'a1.large', 'x2gd.metal'])(
    '%s has a Graviton processor',
    (type) => {
      expect(Cluster.parse({ id: 'orders', instance: { type } }).instance.architecture).toBe(
        'arm64',
      );
      expect(faultyPathsOf(clusterOf({ instance: { type, architecture: 'x86_64' } }))).toEqual([
        'clusters.0.instance.architecture',
      ]);
    },
  );

  test.each(['m5.large', 'c6i.4xlarge', 'g5.xlarge', 'u-6tb1.metal'])(
    '%s has none, and its architecture must be named',
    (type) => {
      expect(faultyPathsOf(clusterOf({ instance: { type } }))).toEqual([
        'clusters.0.instance.architecture',
      ]);
      const { instance } = Cluster.parse({
        id: 'orders',
        instance: { type, architecture: 'x86_64' },
      });
      expect(instance.type).toBe(type);
    },
  );

  test.each(['large', 'r8g.', 'R8G.large', 'r8g large'])('refuses “%s” as its type', (type) => {
    expect(faultyPathsOf(clusterOf({ instance: { type } }))).toContain('clusters.0.instance.type');
  });

  test('refuses a machine image by name: only its id says which one it is', () => {
    expect(faultyPathsOf(clusterOf({ instance: { ami: 'al2023-ami-latest' } }))).toEqual([
      'clusters.0.instance.ami',
    ]);
  });
});

describe("a cluster's backup", () => {
  test('may take as long as the time between two, and no longer', () => {
    const daily = { timeoutHours: 25 };
    expect(Cluster.parse({ id: 'orders', backup: daily }).backup.timeoutHours).toBe(25);
    expect(faultsOf(clusterOf({ backup: { timeoutHours: 26 } }))).toEqual([
      'clusters.0.backup.timeoutHours: 26 hours are longer than the 25 between two backups',
    ]);
  });

  test('may take longer when there are fewer', () => {
    const weekly = { timeoutHours: 72, schedule: { days: ['sun' as const] } };
    expect(Cluster.parse({ id: 'orders', backup: weekly }).backup.timeoutHours).toBe(72);
  });

  test.each([31, 1_048_577])(
    'refuses %i KiB/s, which pg_basebackup does not take',
    (maxRateKiB) => {
      expect(faultyPathsOf(clusterOf({ backup: { maxRateKiB } }))).toEqual([
        'clusters.0.backup.maxRateKiB',
      ]);
    },
  );
});

describe("a cluster's retention", () => {
  test('is refused when it is shorter than the time between two backups', () => {
    expect(faultsOf(clusterOf({ retention: { days: 1 } }))).toEqual([
      'clusters.0.retention.days: 1 is shorter than the 25 hours between two backups',
    ]);
    const weekly = { schedule: { days: ['sun' as const] } };
    expect(faultyPathsOf(clusterOf({ retention: { days: 7 }, backup: weekly }))).toEqual([
      'clusters.0.retention.days',
    ]);
  });

  test('may be 8 days with a backup a week', () => {
    const backup = { schedule: { days: ['sun' as const] } };
    expect(Cluster.parse({ id: 'orders', retention: { days: 8 }, backup }).retention.days).toBe(8);
  });
});

describe("a cluster's clients", () => {
  test('are never the whole internet', () => {
    expect(faultsOf(clusterOf({ clientCidrs: ['10.1.0.0/16', '0.0.0.0/0'] }))).toEqual([
      expect.stringContaining('clusters.0.clientCidrs.1: is the whole internet'),
    ]);
  });

  test('are somebody', () => {
    expect(faultyPathsOf(clusterOf({ clientCidrs: [] }))).toEqual(['clusters.0.clientCidrs']);
  });
});

describe("a cluster's pooler", () => {
  test('is there unless told otherwise, and keeps what it is not told', () => {
    expect(Cluster.parse({ id: 'orders', pooler: { poolSize: 5 } }).pooler).toEqual({
      enabled: true,
      poolSize: 5,
      reservePoolSize: 30,
      maxClients: 1_000,
    });
  });

  test.each([
    ['poolSize', { poolSize: 0 }],
    ['poolSize', { poolSize: 2.5 }],
    ['reservePoolSize', { reservePoolSize: -1 }],
    ['maxClients', { maxClients: 0 }],
  ])('refuses a %s as in %j', (field, pooler) => {
    expect(faultyPathsOf(clusterOf({ pooler }))).toEqual([`clusters.0.pooler.${field}`]);
  });

  test('knows no other field: a typo would be no change', () => {
    const input = { ...clusterOf(), clusters: [{ id: 'orders', pooler: { poolsize: 5 } }] };
    expect(faultsOf(input)).toEqual([expect.stringContaining('poolsize')]);
  });
});

describe("a cluster's lost data", () => {
  test('is for a person to judge, unless told otherwise', () => {
    expect(Cluster.parse({ id: 'orders' }).onLostData).toBe('refuse');
    expect(Cluster.parse({ id: 'orders', onLostData: 'recover' }).onLostData).toBe('recover');
  });

  test.each(['ignore', 'initdb', true])('is never met with %j', (onLostData) => {
    const input = { ...clusterOf(), clusters: [{ id: 'orders', onLostData }] };
    expect(faultyPathsOf(input)).toEqual(['clusters.0.onLostData']);
  });
});

describe("a cluster's maintenance window", () => {
  test('is any time unless told otherwise, and may last a day or end on the next', () => {
    expect(Cluster.parse({ id: 'orders' }).maintenanceWindow).toBeUndefined();
    const maintenanceWindow = { start: '23:59', minutes: 1_440 };
    expect(Cluster.parse({ id: 'orders', maintenanceWindow }).maintenanceWindow).toEqual(
      maintenanceWindow,
    );
  });

  test.each([
    ['start', { start: '24:00', minutes: 60 }],
    ['start', { start: '2:00', minutes: 60 }],
    ['start', { start: '02:00 Europe/Berlin', minutes: 60 }],
    ['minutes', { start: '02:00', minutes: 9 }],
    ['minutes', { start: '02:00', minutes: 1_441 }],
    ['minutes', { start: '02:00', minutes: 60.5 }],
  ])('refuses a %s as in %j', (field, maintenanceWindow) => {
    expect(faultyPathsOf(clusterOf({ maintenanceWindow }))).toEqual([
      `clusters.0.maintenanceWindow.${field}`,
    ]);
  });

  test('has both fields and no other', () => {
    const windows = [{ start: '02:00' }, { start: '02:00', minutes: 60, timeZone: 'UTC' }];
    for (const maintenanceWindow of windows) {
      const input = { ...clusterOf(), clusters: [{ id: 'orders', maintenanceWindow }] };
      expect(faultsOf(input)).toHaveLength(1);
    }
  });
});

test.each(['deploy', 'arn:aws:iam::1:role/x', 'arn:aws:iam::111111111111:user/ada', '*'])(
  'refuses %s as the role that may delete',
  (breakGlassRoleArn) => {
    expect(faultyPathsOf(clusterOf({ breakGlassRoleArn }))).toEqual([
      'clusters.0.breakGlassRoleArn',
    ]);
  },
);

test('refuses an objective that no agent could keep', () => {
  expect(faultyPathsOf(clusterOf({ rpoSec: 59 }))).toEqual(['clusters.0.rpoSec']);
});

test.each([14, 19])('refuses PostgreSQL %i, for which there is no image', (major) => {
  const input = { ...clusterOf(), clusters: [{ id: 'orders', postgres: { major } }] };
  expect(faultyPathsOf(input)).toEqual(['clusters.0.postgres.major']);
});
