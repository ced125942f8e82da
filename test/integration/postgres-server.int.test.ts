import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { readControlFile } from '../../lib/core/adapters/postgres/control-data.ts';
import { createThrowawayServer } from '../../lib/core/adapters/postgres/throwaway-server.ts';
import { ownerOf, serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { testServer } from '../support/postgres-server.ts';

const it = testServer({ settings: { log_min_messages: 'warning', work_mem: '5MB' } });

describe('a throwaway server', () => {
  test('runs with the settings given and never as root', async () => {
    const { server } = it();
    expect(await server.run('psql', ['-Atc', 'SHOW work_mem'])).toBe('5MB');
    const { uid } = await ownerOf(server.dataDirectory);
    expect(uid).toBe(serverOwner()?.uid ?? process.getuid?.());
    expect(uid).not.toBe(0);
  });

  test('is reached by its own socket only', async () => {
    const { server } = it();
    const shown = await server.run('psql', ['-Atc', 'SHOW listen_addresses']);
    expect(shown).toBe('');
    expect(`${server.connection.host}/.s.PGSQL.5432`.length).toBeLessThanOrEqual(107);
  });

  test('comes back after a crash with what was committed', async () => {
    const { server } = it();
    await server.run('psql', ['-c', 'CREATE TABLE kept AS SELECT 1 AS n']);
    const postmaster = Number(
      (await readFile(pidFile(server.dataDirectory), 'utf8')).split('\n')[0],
    );
    await server.killNine();
    expect(() => process.kill(postmaster, 0)).toThrowError(
      expect.objectContaining({ code: 'ESRCH' }),
    );
    await server.start();
    expect(await server.run('psql', ['-Atc', 'TABLE kept'])).toBe('1');
    expect(await readFile(server.logFile, 'utf8')).toContain('not properly shut down');
  });

  test('starts at once after a crash in the middle of work', async () => {
    const { server } = it();
    await server.run('pgbench', ['-i', '-q']);
    const load = server.run('pgbench', ['-c', '4', '-T', '30']).catch(() => 'cut off');
    await server.run('psql', ['-c', 'SELECT pg_sleep(0.3)']);
    await server.killNine();
    await server.start();
    expect(await load).toBe('cut off');
  });

  test('stops, stays stopped, and starts again', async () => {
    const { instance, server } = it();
    await server.stop();
    await server.stop();
    expect((await instance.controlData(server.dataDirectory)).state).toBe('shut down');
    await server.start();
    await server.restart();
    expect((await instance.controlData(server.dataDirectory)).state).toBe('in production');
  });

  test('gives the words of a program that fails', async () => {
    const failing = it().server.run('psql', ['-c', 'SELECT nothing']);
    await expect(failing).rejects.toMatchObject({ code: 'PG-FAILED' });
    await expect(failing).rejects.toThrowError('column "nothing" does not exist');
  });
});

describe('making one', () => {
  test('honours checksums and the segment size', async () => {
    const directory = await scratch();
    const { instance } = it();
    const made = await createThrowawayServer(instance, {
      directory,
      checksums: false,
      walSegmentMegabytes: 1,
      settings: { fsync: 'off' },
    });
    await made[Symbol.asyncDispose]();
    expect(await instance.controlData(made.dataDirectory)).toMatchObject({
      checksums: false,
      segmentBytes: 1_048_576,
      state: 'shut down',
    });
  });

  test('fails when the server ends instead of answering, with the end of its log', async () => {
    const { instance } = it();
    const options = { directory: await scratch(), settings: { shared_buffers: 'nonsense' } };
    const failing = createThrowawayServer(instance, options);
    await expect(failing).rejects.toMatchObject({ code: 'PG-FAILED' });
    await expect(failing).rejects.toThrowError('shared_buffers');
  });

  test('fails when there is no such data directory', async () => {
    const { instance, directory } = it();
    const attaching = attachServer(instance, {
      dataDirectory: '/nonexistent',
      logFile: join(directory, 'absent.log'),
    });
    await expect(attaching).rejects.toMatchObject({ code: 'PG-DATA-DIR' });
  });
});

describe('controlData', () => {
  test('agrees with the server', async () => {
    const { instance, server } = it();
    const control = await instance.controlData(server.dataDirectory);
    const identifier = 'SELECT system_identifier FROM pg_control_system()';
    expect(control.systemIdentifier).toBe(await server.run('psql', ['-Atc', identifier]));
    expect(control).toMatchObject({ major: instance.major, timeline: 1, checksums: true });
    expect(control.limits).toMatchObject({ max_connections: '100' });
    expect(await readControlFile(server.dataDirectory)).toEqual(control);
  });

  test('fails when the directory is no cluster, or of another version', async () => {
    const { instance } = it();
    const directory = await scratch();
    const read = async (): Promise<unknown> => instance.controlData(directory);
    await expect(read()).rejects.toMatchObject({ code: 'PG-DATA-DIR' });
    await writeFile(join(directory, 'PG_VERSION'), `${instance.major}\n`);
    await expect(read()).rejects.toMatchObject({ code: 'PG-DATA-DIR' });
    await writeFile(join(directory, 'PG_VERSION'), '12\n');
    await expect(read()).rejects.toMatchObject({ code: 'PG-VERSION' });
  });
});

function pidFile(dataDirectory: string): string {
  return join(dataDirectory, 'postmaster.pid');
}

async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  onTestFinished(async () => {
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}
