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

/** What a volume holds: how much was ever written to it, and its beginning to the byte. */
async function contentsOf(path: string): Promise<string> {
  const read = 'stat --format %b "$0" && head --bytes 64M "$0" | sha256sum';
  return (await execa('sh', ['-c', read, path])).stdout;
}

async function makeForeignFileSystem(): Promise<void> {
  await execa('mkfs.xfs', ['-q', site.volume.path]);
}

/** One partition, as a master boot record has it. */
async function makePartitionTable(): Promise<void> {
  const entry = Buffer.alloc(16);
  entry[4] = 0x83;
  entry.writeUInt32LE(2_048, 8);
  entry.writeUInt32LE(100_000, 12);
  await site.volume.write(entry, 446);
  await site.volume.write(Buffer.of(0x55, 0xaa), 510);
}

/** The beginning of a header of LUKS. */
async function makeEncryptedPart(): Promise<void> {
  await site.volume.write(Buffer.from([0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe, 0, 1]), 0);
  await site.volume.write(Buffer.from('4f0b5f0e-6b7c-4f6a-9d2e-0d1f3c5b7a99'), 168);
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
    ['a file system of somebody else', makeForeignFileSystem],
    ['a partition table', makePartitionTable],
    ['an encrypted part', makeEncryptedPart],
  ])('refuses a volume with %s, and changes nothing of it', async (_, make) => {
    await site.replaceVolume();
    await make();
    const before = await contentsOf(site.volume.path);
    machine = await site.launch();
    await untilSaid('HOST-VOLUME: /dev/nvme1n1 is neither blank nor of Holdfast');
    expect(await runsPostgres()).toBe(false);
    await machine.cut();
    expect(await contentsOf(site.volume.path)).toBe(before);
  });

  test("refuses another cluster's volume, and one with files and no marker", async () => {
    await site.replaceVolume();
    await site.volume.format();
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
    const before = (await site.cloud.calls()).length;
    machine = await site.launch();
    await untilServing(machine);
    expect(await sql(machine, 'SELECT count(*) FROM ledger')).toBe('1501');
    const isTold = async (): Promise<boolean> =>
      (await site.cloud.calls()).slice(before).some((call) => call.includes('signal-resource'));
    await until('whoever waits for the host is told', isTold);
  });
});
