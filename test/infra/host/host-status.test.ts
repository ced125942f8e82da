import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folders.ts';
import { BUNDLE_SHA256, type RunningHost, runningHost } from '../support/running-host.ts';

let host: RunningHost;

beforeEach(async () => {
  host = await runningHost(await temporaryFolder());
});

describe('status', () => {
  test('is a line for each thing, also of a host that is broken', async () => {
    await host.write(
      '/var/lib/holdfast/volume/cluster/pgdata/postmaster.pid',
      ['1', '', '1800000000', '5432', '', '', '', 'ready   ', ''].join('\n'),
    );
    const { status, stdout } = await host.run('status');
    expect(status).toBe(0);
    const values = new Map(stdout.split('\n').map((line) => line.split(' ') as [string, string]));
    expect(Object.fromEntries(values)).toMatchObject({
      cluster: 'prod/orders',
      instance: 'i-0a1b',
      'unit.postgres': 'active',
      'unit.recover': 'inactive',
      'postgres.state': 'ready',
      'postgres.pending_restart': 'wal_level',
      'image.running': 'sha256:old',
      'image.wanted_name': 'registry/holdfast:new',
      'bundle.running': BUNDLE_SHA256,
      'bundle.wanted': BUNDLE_SHA256,
      'volume.id': 'vol-0a1b',
    });
    expect(await host.calls()).toEqual([]);
  });

  test('takes no other words', async () => {
    const { status, stderr } = await host.run('status', '--execute');
    expect(status).toBe(2);
    expect(stderr).toContain('CONFIG-INVALID');
  });

  test('is a document for programs', async () => {
    await host.set('host-config', '{"image":"a \\"b\\" c"}');
    const { stdout } = await host.run('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      status: { cluster: 'prod/orders', 'unit.agent': 'active', 'certificate.ends': '' },
    });
  });
});
