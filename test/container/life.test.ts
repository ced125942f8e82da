import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerHost } from './container-host.ts';
import { docker, exitStatusOf, logsOf } from './docker.ts';
import { GET_ENGINE, hasEngine } from './engine.ts';
import {
  AGENT,
  endSegment,
  insertRows,
  PRIMARY,
  rowsOf,
  startProtectedHost,
  untilArchived,
} from './protected-host.ts';
import {
  answers,
  recoverInPlace,
  recoverLatest,
  sql,
  startAws,
  startServer,
  takeBackup,
} from './roles.ts';

const ROWS = 20_000;
let host: ContainerHost;

describe.skipIf(!hasEngine())(`a cluster in containers (needs ${GET_ENGINE})`, () => {
  beforeAll(async () => {
    host = await startProtectedHost();
    await startAws(host);
    await insertRows(ROWS);
  });
  afterAll(async () => host[Symbol.asyncDispose]());

  test('the task takes a base backup', async () => {
    const { exitCode, stderr } = await takeBackup(host);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: expect.stringContaining('task.completed'),
    });
  });

  test('the server stops by itself while clients are busy, and its next start recovers nothing', async () => {
    await docker(['exec', '--detach', PRIMARY, 'psql', '-c', 'SELECT pg_sleep(600)']);
    await insertRows(ROWS);
    await docker(['stop', '--time', '60', PRIMARY]);
    expect(await exitStatusOf(PRIMARY)).toBe('0');
    await docker(['start', PRIMARY]);
    await answers(PRIMARY);
    expect(await logsOf(PRIMARY)).not.toContain('was not properly shut down');
    expect(await rowsOf(PRIMARY)).toHaveLength(2 * ROWS);
  });

  test('after the server was killed, another container brings back every row from the store', async () => {
    await insertRows(ROWS);
    await untilArchived(await endSegment());
    const rows = await rowsOf(PRIMARY);
    await docker(['kill', '--signal', 'KILL', PRIMARY]);
    const { exitCode, stderr } = await recoverLatest(host);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    await startServer(host, 'recovered', 'recovered');
    expect(await sql('recovered', 'SELECT pg_is_in_recovery()')).toBe('f');
    expect(await rowsOf('recovered')).toEqual(rows);
    expect(rows.length).toBeGreaterThan(3 * ROWS);
    await docker(['rm', '--force', 'recovered']);
  });

  test('a killed server starts again on its own volume, in a container of its own', async () => {
    await startServer(host, 'again', 'data');
    expect((await rowsOf('again')).length).toBeGreaterThan(3 * ROWS);
    expect(await logsOf('again')).toContain('was not properly shut down');
  });

  test('stopped, it is recovered in its own place', async () => {
    await insertRows(ROWS, 'again');
    const rows = await rowsOf('again');
    await docker(['stop', '--time', '60', 'again', AGENT]);
    const { exitCode, stderr } = await recoverInPlace(host);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    await startServer(host, 'in-place', 'data');
    expect(await rowsOf('in-place')).toEqual(rows);
  });
});
