import { createHash } from 'node:crypto';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Ending } from '../container/docker.ts';
import { temporaryFolder } from '../support/folders.ts';
import { until } from '../support/until.ts';
import {
  type ClusterSite,
  makeClusterSite,
  sql,
  untilServing,
  untilSettled,
} from './cluster-site.ts';
import { GET_MACHINE, hasMachine } from './has-machine.ts';
import type { Machine } from './machine.ts';
import { type Registry, startRegistry } from './registry.ts';

let registry: Registry;
let site: ClusterSite;
let machine: Machine;

const BUNDLE = join(import.meta.dirname, '../../lib/infra/host/bundle');
/** What all tests deploy, besides what they change. */
const SETTINGS = { shared_buffers: '64MB', max_wal_size: '256MB', min_wal_size: '64MB' };

async function host(...words: readonly string[]): Promise<Ending> {
  return machine.run(['holdfast', 'host', ...words]);
}

async function startedAt(): Promise<string> {
  return sql(machine, 'SELECT pg_postmaster_start_time()');
}

async function steps(): Promise<readonly string[]> {
  const { stdout, stderr } = await host('plan', '--json');
  expect(stderr).not.toContain('holdfast: ');
  const { plan } = JSON.parse(stdout) as { plan: { steps: readonly { what: string }[] } };
  return plan.steps.map(({ what }) => what);
}

/** A window that is closed for the next hours. */
function closedWindow(): { readonly start: string; readonly minutes: number } {
  const later = new Date(Date.now() + 6 * 3_600_000);
  return { start: later.toISOString().slice(11, 16), minutes: 60 };
}

function nameOf(tag: string): string {
  return `127.0.0.1:${registry.port}/holdfast:${tag}`;
}

/** A bundle that differs from the one that runs by a file that nobody reads; gives its hash. */
async function publishBundle(): Promise<string> {
  const folder = await temporaryFolder();
  const [source, file] = [join(folder, 'bundle'), join(folder, 'bundle.tar')];
  await cp(BUNDLE, source, { recursive: true });
  await writeFile(join(source, 'unread'), '');
  await create({ file, cwd: source, portable: true }, await readdir(source));
  await site.cloud.publish(file);
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** An image that differs from the one that runs, and its name. */
async function makeImage(tag: string, ...lines: readonly string[]): Promise<string> {
  const name = nameOf(tag);
  const build = ['env', 'DOCKER_BUILDKIT=0', 'docker', 'build', '--quiet', '--tag', name, '-'];
  await machine.get(build, ['FROM holdfast:current', ...lines, ''].join('\n'));
  // Where a deployment leaves it: a host forgets what it does not run.
  await machine.get(['docker', 'push', '--quiet', name]);
  return name;
}

describe.skipIf(!hasMachine())(`holdfast host on a host (needs ${GET_MACHINE})`, () => {
  beforeAll(async () => {
    registry = await startRegistry(inject('registryFolder'));
    site = await makeClusterSite(registry.port);
    machine = await site.launch();
    await untilServing(machine);
    await untilSettled(machine);
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  test('a host that has just booted is as it was deployed', async () => {
    // The agent may still be tried again: it starts before there is a cluster to ship.
    const isDone = async (): Promise<boolean> =>
      (await host('plan')).stdout === 'Nothing to do: the host is as it was deployed.';
    await until('nothing is left to do', isDone, 60_000);
    expect(await host('apply', '--execute')).toMatchObject({ exitCode: 0 });
  });

  test('says how it is', async () => {
    const { stdout } = await host('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      status: {
        cluster: 'test/orders',
        'unit.postgres': 'active',
        'unit.pooler': 'active',
        'postgres.state': 'ready',
        'postgres.pending_restart': '',
        'volume.free_bytes': expect.stringMatching(/^\d+$/),
        'certificate.ends': expect.stringMatching(/ GMT$/),
      },
    });
  });

  test('a setting that takes no restart is reloaded, also outside the window', async () => {
    const started = await startedAt();
    const settings = { ...SETTINGS, work_mem: '8MB' };
    await site.deploy({ settings, window: closedWindow() });
    expect(await steps()).toEqual(['reload-postgres']);
    expect(await host('apply', '--execute')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Done: the host is as it was deployed.'),
    });
    expect(await sql(machine, 'SHOW work_mem')).toBe('8MB');
    expect(await startedAt()).toBe(started);
  });

  test('a setting that takes a restart waits for the window, or for a person', async () => {
    const started = await startedAt();
    await site.deploy({ settings: { ...SETTINGS, max_connections: 60 }, window: closedWindow() });
    const refused = await host('apply', '--execute');
    expect(refused).toMatchObject({
      exitCode: 104,
      stderr: expect.stringContaining('HOST-WINDOW'),
      stdout: expect.stringContaining('restart PostgreSQL'),
    });
    expect(await startedAt()).toBe(started);
    expect(await host('apply', '--execute', '--now')).toMatchObject({ exitCode: 0 });
    expect(await sql(machine, 'SHOW max_connections')).toBe('60');
    expect(await steps()).toEqual([]);
  });

  test('what PostgreSQL does not take is refused before anything is done', async () => {
    await site.deploy({ settings: { ...SETTINGS, work_mem: '8 elephants' } });
    expect(await host('apply', '--execute')).toMatchObject({
      exitCode: 103,
      stderr: expect.stringContaining('work_mem'),
    });
  });

  test('settings with which PostgreSQL does not start are taken back', async () => {
    await site.deploy({ settings: { ...SETTINGS, shared_preload_libraries: 'no_such_library' } });
    expect(await host('apply', '--execute')).toMatchObject({
      exitCode: 117,
      stderr: expect.stringContaining('what ran before runs again'),
    });
    await untilServing(machine);
    expect(await sql(machine, 'SHOW max_connections')).toBe('60');
    expect(await sql(machine, 'SHOW shared_preload_libraries')).toBe('pg_stat_statements');
  });

  test('another image takes the place of the one that runs', async () => {
    const image = await makeImage('next', 'LABEL next=yes');
    await site.deploy({ image, settings: SETTINGS });
    expect(await steps()).toEqual(['restart-postgres', 'restart-agent', 'restart-pooler']);
    expect(await host('apply', '--execute')).toMatchObject({ exitCode: 0 });
    const label = '{{index .Config.Labels "next"}}';
    for (const name of ['holdfast-postgres', 'holdfast-agent', 'holdfast-pooler']) {
      expect(await machine.get(['docker', 'inspect', '--format', label, name])).toBe('yes');
    }
    expect(await steps()).toEqual([]);
  });

  test('an image that PostgreSQL does not start with gives way to the one before', async () => {
    const entry = '[ "$1" != serve ] || exit 1; exec sh /opt/holdfast/entry.sh "$@"';
    const words = JSON.stringify(['sh', '-c', entry, 'sh']);
    const image = await makeImage('broken', 'LABEL next=broken', `ENTRYPOINT ${words}`);
    await site.deploy({ image, settings: SETTINGS });
    const { exitCode, stderr } = await host('apply', '--execute');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 117,
      stderr: expect.stringContaining(`PostgreSQL did not start with ${image}`),
    });
    await untilServing(machine);
    const label = '{{index .Config.Labels "next"}}';
    expect(await machine.get(['docker', 'inspect', '--format', label, 'holdfast-postgres'])).toBe(
      'yes',
    );
  });

  test('other scripts take over in the middle of a run, which they end', async () => {
    const started = await startedAt();
    await site.deploy({ image: nameOf('next'), settings: { ...SETTINGS, work_mem: '16MB' } });
    const sha256 = await publishBundle();
    expect(await steps()).toEqual(['install-bundle', 'reload-postgres']);
    expect(await host('apply', '--execute', '--json')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('"outcome":"applied"'),
    });
    expect(await machine.get(['readlink', '/opt/holdfast/current'])).toContain(sha256);
    expect(await sql(machine, 'SHOW work_mem')).toBe('16MB');
    expect(await startedAt()).toBe(started);
    expect(await steps()).toEqual([]);
  });
});
