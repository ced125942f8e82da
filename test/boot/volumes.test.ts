import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  type ClusterSite,
  journalOf,
  makeClusterSite,
  sql,
  untilServing,
  untilSettled,
} from './cluster-site.ts';
import { GET_MACHINE, hasMachine } from './has-machine.ts';
import type { Machine } from './machine.ts';
import { type Registry, startRegistry } from './registry.ts';

const MARKER = { format: 1, environment: 'test', cluster: 'orders', begun: 'initdb' };
let registry: Registry;
let site: ClusterSite;
let machine: Machine;

/** Waits until the host has said why it does not start. */
async function untilSaid(sentence: string): Promise<void> {
  await until(sentence, async () => (await journalOf(machine)).includes(sentence), 60_000);
}

async function runsPostgres(): Promise<boolean> {
  return (await machine.run(['docker', 'inspect', 'holdfast-postgres'])).exitCode === 0;
}

/** What a volume holds, to the byte. */
async function bytesOf(path: string): Promise<string> {
  return (await execa('sha256sum', [path])).stdout;
}

describe.skipIf(!hasMachine())(`a host and its volume (needs ${GET_MACHINE})`, () => {
  beforeAll(async () => {
    registry = await startRegistry(inject('registryFolder'));
    site = await makeClusterSite(registry.port);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  test('waits for a volume that another host still holds, gives up aloud, and goes on when it comes', async () => {
    machine = await site.launch({ volume: 'in-use\ti-0fffffffffffffff0\n' });
    await untilSaid('waiting for vol-0123456789abcdef0: in-use\ti-0fffffffffffffff0');
    await untilSaid('HOST-VOLUME: vol-0123456789abcdef0 has not come');
    expect(await runsPostgres()).toBe(false);
    await site.cloud.set('volume-state', 'available\tNone\n');
    await untilServing(machine);
    await untilSettled(machine);
    await sql(machine, 'CREATE TABLE ledger (id bigserial PRIMARY KEY)');
    await sql(machine, 'INSERT INTO ledger SELECT FROM generate_series(1, 1000)');
    const backup = ['holdfast', 'backup', '--checkpoint', 'fast', '--user', 'postgres'];
    await machine.get([...backup, '--host', '/run/postgresql']);
    await sql(machine, 'INSERT INTO ledger SELECT FROM generate_series(1, 500)');
    await sql(machine, 'SELECT pg_switch_wal()');
    await machine.shutDown();
  });

  test.each([
    ['a file system of somebody else', async (at: string) => execa('mkfs.xfs', ['-q', at])],
    ['a partition table', async (at: string) => execa('sfdisk', [at], { input: ',\n' })],
    [
      'an encrypted volume',
      async (at: string) => execa('dd', [`of=${at}`, 'conv=notrunc'], { input: 'LUKS\xba\xbe' }),
    ],
  ])('refuses a volume with %s, and changes nothing of it', async (_, make) => {
    await site.replaceVolume();
    await make(site.volume.path);
    const before = await bytesOf(site.volume.path);
    machine = await site.launch();
    await untilSaid('HOST-VOLUME: /dev/nvme1n1 is neither blank nor of Holdfast');
    expect(await runsPostgres()).toBe(false);
    await machine.cut();
    expect(await bytesOf(site.volume.path)).toBe(before);
  });

  test("refuses another cluster's volume, and one with files and no marker", async () => {
    await site.replaceVolume();
    await execa('mkfs.xfs', ['-q', '-L', 'holdfast', site.volume.path]);
    await site.volume.put('marker.json', `${JSON.stringify({ ...MARKER, cluster: 'bills' })}\n`);
    machine = await site.launch();
    await untilSaid('the volume is test/bills’s, this host is test/orders’s');
    expect(await runsPostgres()).toBe(false);
    await machine.cut();
    await site.volume.remove('marker.json');
    await site.volume.put('important', 'data');
    machine = await site.launch();
    await untilSaid('HOST-VOLUME: /dev/nvme1n1 has no marker and is not empty');
    await machine.cut();
  });

  test('never makes a cluster over an archive; told to, it recovers what the archive has', async () => {
    await site.replaceVolume();
    machine = await site.launch();
    await untilSaid('HOST-LOST-DATA');
    expect(await journalOf(machine)).toContain('has an archive of orders');
    const probe = await machine.run(['blkid', '--probe', '/dev/nvme1n1']);
    expect(probe).toMatchObject({ exitCode: 2, stdout: '' });
    await machine.get(['systemctl', 'stop', 'holdfast-host.service']);
    await machine.get(['holdfast', 'host', 'prepare', '--recover']);
    await machine.get(['systemctl', 'start', 'holdfast.target']);
    await untilServing(machine);
    expect(await sql(machine, 'SELECT count(*) FROM ledger')).toBe('1500');
    await untilSettled(machine);
    await sql(machine, 'INSERT INTO ledger SELECT FROM generate_series(1, 1)');
    const segment = await sql(machine, 'SELECT pg_walfile_name(pg_switch_wal())');
    const isStored = async (): Promise<boolean> =>
      (await site.aws.keys()).some((key) => key.includes(segment));
    await until(`${segment} is in the store`, isStored, 60_000);
    const mark = await machine.run(['test', '-e', '/var/lib/holdfast/volume/take-over']);
    expect(mark.exitCode).toBe(1);
    await machine.cut();
  });

  test('recovers by itself where the deployment says so', async () => {
    await site.replaceVolume();
    await site.deploy({ onLostData: 'recover' });
    machine = await site.launch();
    await untilServing(machine);
    expect(await sql(machine, 'SELECT count(*) FROM ledger')).toBe('1501');
    const calls = await site.cloud.calls();
    expect(calls.at(-1)).toContain('cloudformation signal-resource');
  });
});
