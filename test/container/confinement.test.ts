import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import type { ContainerHost } from './container-host.ts';
import { docker, exitStatusOf, tryDocker } from './docker.ts';
import { GET_ENGINE, hasEngine } from './engine.ts';
import {
  AGENT,
  endSegment,
  insertRows,
  PRIMARY,
  startProtectedHost,
  untilArchived,
} from './protected-host.ts';
import { sql, startAgent, startAws, takeBackup } from './roles.ts';

let host: ContainerHost;

/** Files of the store, once nothing is in flight. */
async function stored(): Promise<readonly string[]> {
  const names = await readdir(host.folder('store'), { recursive: true });
  return names.filter((name) => /\/wal\/.*\.zst$/.test(name)).sort();
}

/** What a program sees that a superuser starts within the server. */
async function seenBySuperuser(program: string): Promise<string> {
  return sql(
    PRIMARY,
    `CREATE TEMP TABLE seen (line text);
     COPY seen FROM PROGRAM $$${program}$$;
     SELECT line FROM seen;`,
  );
}

describe.skipIf(!hasEngine())(`containers of a host (need ${GET_ENGINE})`, () => {
  beforeAll(async () => {
    host = await startProtectedHost();
    await startAws(host);
    await takeBackup(host);
  });
  afterAll(async () => host[Symbol.asyncDispose]());

  test('while the agent is dead WAL waits and help is asked for; the next agent ships it', async () => {
    await untilArchived(await endSegment());
    const before = await stored();
    await docker(['kill', '--signal', 'KILL', AGENT]);
    await insertRows(1_000);
    const segment = await endSegment();
    const failed = 'SELECT failed_count > 0 FROM pg_stat_archiver';
    await until('an attempt has failed', async () => (await sql(PRIMARY, failed)) === 't');
    expect(await stored()).toEqual(before);
    const asked = await readFile(join(host.folder('spool'), 'requested'), 'utf8');
    expect(asked.trim()).toBe(segment);
    expect(await readdir(host.folder('spool'))).not.toContain('one-shot');
    await startAgent(host, 'next-agent');
    await untilArchived(segment);
    await docker(['stop', '--time', '60', 'next-agent']);
    expect(await exitStatusOf('next-agent')).toBe('0');
  });

  test('a superuser finds neither the store nor credentials, and no way out', async () => {
    const environment = await seenBySuperuser('env');
    expect(environment).not.toMatch(/^(AWS|HOLDFAST|PGPASS)/m);
    expect(environment).not.toContain(host.password);
    expect((await seenBySuperuser('ls /var/lib/holdfast')).split('\n')).toEqual(['data', 'spool']);
    const script = 'fetch("http://169.254.169.254").catch(({ cause }) => console.log(cause.code))';
    expect(await seenBySuperuser(`node -e '${script}'`)).toBe('ENETUNREACH');
  });

  test('no role can write to the image, and none has', async () => {
    for (const path of ['/opt/holdfast/bin/main.mjs', '/etc/passwd', '/var/lib/postgresql/x']) {
      const { exitCode } = await tryDocker(['exec', PRIMARY, 'sh', '-c', `: >>${path}`]);
      expect({ path, exitCode }).not.toEqual({ path, exitCode: 0 });
    }
    for (const name of await host.containers()) {
      const [{ Mounts }] = JSON.parse(await docker(['inspect', name]));
      const places = Mounts.map(({ Type, Destination }: Record<string, string>) => {
        // A volume of Docker's own would be one that nobody asked for.
        expect(Type).toBe('bind');
        return Destination;
      });
      // Docker itself makes the places of what it mounts.
      const made = [...places, '/usr/sbin/docker-init'];
      const changed = (await docker(['diff', name])).split('\n').map((line) => line.slice(2));
      const written = changed.filter((path) => !made.some((place) => place.startsWith(path)));
      expect({ name, written }).toEqual({ name, written: [] });
    }
  });

  test('no password is on a command line, in an environment or in a log', async () => {
    for (const name of await host.containers()) {
      expect(await docker(['inspect', name])).not.toContain(host.password);
      const { stdout, stderr } = await tryDocker(['logs', name]);
      expect(stdout + stderr).not.toContain(host.password);
    }
  });
});
