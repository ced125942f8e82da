import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../support/until.ts';
import {
  BACKUP_ROLE,
  type ClusterSite,
  journalOf,
  logIn,
  makeClusterSite,
  sql,
  untilServing,
  untilSettled,
  VOLUME_ID,
} from './cluster-site.ts';
import { GET_MACHINE, hasMachine } from './has-machine.ts';
import type { Machine } from './machine.ts';
import { type Registry, startRegistry } from './registry.ts';

let registry: Registry;
let site: ClusterSite;
let machine: Machine;

/** Commits rows, and ends the segment that has them; gives its name. */
async function insertRows(count: number): Promise<string> {
  await sql(machine, `INSERT INTO ledger SELECT FROM generate_series(1, ${count})`);
  return sql(machine, 'SELECT pg_walfile_name(pg_switch_wal())');
}

async function untilStored(segment: string): Promise<void> {
  await until(
    `${segment} is in the store`,
    async () => (await site.aws.keys()).some((key) => key.includes(segment)),
    60_000,
  );
}

async function rows(): Promise<number> {
  return Number(await sql(machine, 'SELECT count(*) FROM ledger'));
}

async function marker(): Promise<Record<string, unknown>> {
  return JSON.parse(await machine.get(['cat', '/var/lib/holdfast/volume/marker.json']));
}

describe.skipIf(!hasMachine())(`a host in its life (needs ${GET_MACHINE})`, () => {
  beforeAll(async () => {
    registry = await startRegistry(inject('registryFolder'));
    site = await makeClusterSite(registry.port);
    machine = await site.launch();
    await untilServing(machine);
    await untilSettled(machine);
    await sql(machine, 'CREATE TABLE ledger (id bigserial PRIMARY KEY)');
    await untilStored(await insertRows(1_000));
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  test('its first boot attaches the volume, makes the cluster, and says that it has started', async () => {
    const calls = await site.cloud.calls();
    expect(calls).toContain(
      `ec2 attach-volume --volume-id ${VOLUME_ID} --instance-id i-00000000000000001 --device /dev/sdf`,
    );
    expect(calls.at(-1)).toBe(
      'cloudformation signal-resource --stack-name holdfast-test-orders-host --logical-resource-id Group --unique-id i-00000000000000001 --status SUCCESS',
    );
    const lineage = `${await sql(machine, 'SELECT system_identifier FROM pg_control_system()')}-18`;
    expect(await marker()).toEqual({
      format: 1,
      environment: 'test',
      cluster: 'orders',
      begun: 'initdb',
      lineage,
    });
    expect((await site.aws.keys()).filter((key) => key.endsWith('identity.json'))).toEqual([
      `orders/${lineage}/identity.json`,
    ]);
  });

  test('the cluster has checksums, a collation that no library can change, and what the deployment says', async () => {
    const shown = await sql(
      machine,
      `SELECT current_setting('data_checksums'), datlocprovider, datcollversion IS NOT NULL,
              current_setting('shared_buffers'), current_setting('archive_mode')
         FROM pg_database WHERE datname = 'postgres'`,
    );
    expect(shown).toBe('on|b|t|64MB|on');
    const broken = 'SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL';
    expect(await sql(machine, broken)).toBe('0');
  });

  test('systemd takes every unit as it is written', async () => {
    const units = "find /etc/systemd/system -maxdepth 1 -type f -name 'holdfast*'";
    const verify = `${units} | xargs systemd-analyze verify`;
    expect(await machine.run(['sh', '-c', verify])).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('no unit has failed, and none has the right to what it does not need', async () => {
    const failed = ['systemctl', 'list-units', '--failed', '--plain', '--no-legend', 'holdfast*'];
    expect(await machine.get(failed)).toBe('');
    expect(await machine.get(['getent', 'group', 'docker'])).toMatch(/:$/);
    const names = ['agent', 'pooler', 'pooler-metrics', 'postgres'].map(
      (role) => `holdfast-${role}`,
    );
    for (const name of names) {
      const text = await machine.get(['docker', 'inspect', name]);
      expect(text).not.toContain(site.password);
      expect(text).not.toContain('docker.sock');
      const [{ Config, HostConfig }] = JSON.parse(text);
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        Privileged: false,
      });
      expect(Config.User).toBe('postgres');
    }
  });

  test('its roles come by password, over TLS that the published certificates verify, from where they may', async () => {
    expect(await logIn(machine, site, BACKUP_ROLE, site.password)).toMatchObject({
      exitCode: 2,
      // This machine is not where tasks run.
      stderr: expect.stringContaining('pg_hba.conf rejects'),
    });
    await sql(machine, `CREATE ROLE app LOGIN PASSWORD 'a secret'`);
    expect(await logIn(machine, site, 'app', 'a secret')).toMatchObject({ stdout: 'app|t' });
    expect(await logIn(machine, site, 'app', 'another')).toMatchObject({
      stderr: expect.stringContaining('password authentication failed'),
    });
    expect(await logIn(machine, site, 'app', 'a secret', 6_432)).toMatchObject({ stdout: 'app|t' });
    expect(await logIn(machine, site, 'postgres', 'a secret')).toMatchObject({
      stderr: expect.stringContaining('pg_hba.conf rejects'),
    });
  });

  test('while the agent is dead, a request of the archive script has the WAL shipped', async () => {
    await machine.get(['systemctl', 'stop', 'holdfast-agent.service']);
    await untilStored(await insertRows(1_000));
    expect(await journalOf(machine)).toContain('Starting holdfast-push.service');
    await machine.get(['systemctl', 'start', 'holdfast-agent.service']);
    await untilStored(await insertRows(1));
  });

  test('a killed server is started again by its unit', async () => {
    const before = await rows();
    await machine.get(['docker', 'kill', '--signal', 'KILL', 'holdfast-postgres']);
    await until(
      'the server is back',
      async () =>
        (await machine.run(['docker', 'exec', 'holdfast-postgres', 'true'])).exitCode === 0,
    );
    await untilServing(machine);
    expect(await rows()).toBe(before);
  });

  test('room that the volume gains is used while PostgreSQL runs', async () => {
    const size = ['df', '--output=size', '--block-size=1M', '/var/lib/holdfast/volume'];
    const before = Number((await machine.get(size)).split('\n')[1]);
    await site.volume.grow(5 * 1024 ** 3);
    await machine.get(['systemctl', 'start', 'holdfast-upkeep.service']);
    expect(Number((await machine.get(size)).split('\n')[1])).toBeGreaterThan(before * 1.5);
  });

  test('a certificate that is gone is made again, and clients verify the new one', async () => {
    const serial = ['sh', '-c', 'sha256sum /var/lib/holdfast/tls/server.crt'];
    const before = await machine.get(serial);
    await machine.get(['rm', '/var/lib/holdfast/tls/server.crt']);
    await machine.get(['systemctl', 'start', 'holdfast-upkeep.service']);
    expect(await machine.get(serial)).not.toBe(before);
    expect(await logIn(machine, site, 'app', 'a secret')).toMatchObject({ stdout: 'app|t' });
  });

  test('shut down in order and switched on again, it goes on without a recovery, and formats nothing', async () => {
    const before = await rows();
    await machine.shutDown();
    machine = await site.restart();
    await untilServing(machine);
    expect(await rows()).toBe(before);
    const log = await machine.get(['journalctl', '--no-pager', '--output=cat', '--boot']);
    expect(log).toContain('database system was shut down at');
    expect(log).not.toContain('makes a file system');
    await untilStored(await insertRows(1));
  });

  test.each([
    ['names another major version', { major: 17 }],
    ['PostgreSQL does not take', { settings: { work_mem: 'plenty' } }],
    ['is none', { volumeId: '' }],
  ])('a deployment that %s does not stop a reboot', async (_, change) => {
    const before = await rows();
    await site.deploy(change);
    await machine.shutDown();
    machine = await site.restart();
    await untilServing(machine);
    expect(await rows()).toBe(before);
    expect(await sql(machine, 'SHOW server_version_num')).toMatch(/^18/);
    await site.deploy();
  });

  test('after a power cut, without AWS and without the registry, it starts from what it has', async () => {
    const before = await rows();
    await machine.cut();
    await registry.stop();
    await site.cloud.set('aws-is-down', '');
    machine = await site.restart();
    await untilServing(machine);
    expect(await rows()).toBe(before);
    await site.cloud.set('aws-is-down', undefined);
  });

  test('another machine takes its place with all that was committed, while the registry is down', async () => {
    const before = await rows();
    await sql(machine, 'INSERT INTO ledger SELECT FROM generate_series(1, 1000)');
    await machine.cut();
    machine = await site.launch();
    await untilServing(machine);
    await untilSettled(machine);
    expect(await rows()).toBe(before + 1_000);
    expect(await journalOf(machine)).toContain('runs the image saved on the volume');
    await untilStored(await insertRows(1));
    const epochs = (await site.aws.keys()).filter((key) => key.includes('/writer/'));
    expect(epochs).toHaveLength(2);
    expect(await logIn(machine, site, 'app', 'a secret')).toMatchObject({ stdout: 'app|t' });
  });
});
