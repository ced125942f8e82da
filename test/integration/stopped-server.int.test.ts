import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StoppedServer } from '../../lib/core/ports/stopped-server.ts';
import { testServer } from '../support/postgres-server.ts';

const CALL = { timeoutMs: 20_000 };
/** Taken by whoever calls `format`, were it found before PostgreSQL's own. */
const TRAP = `CREATE SCHEMA trap;
  CREATE TABLE trap.sprung (x int);
  CREATE FUNCTION trap.format(text, name, name) RETURNS text LANGUAGE sql AS
    'INSERT INTO trap.sprung VALUES (1) RETURNING ''sprung''';
  ALTER DATABASE trapped SET search_path = trap, pg_catalog;
  CREATE UNLOGGED TABLE trap.bait (x int)`;

describe('a stopped server', () => {
  const made = testServer();
  let stopped: StoppedServer;

  beforeAll(async () => {
    const { server, instance, directory } = made();
    const sql = async (statement: string, database = 'postgres'): Promise<string> =>
      server.run('psql', ['-XAtqc', statement, '-d', database]);
    await sql('CREATE DATABASE "-cport=x"');
    await sql('CREATE DATABASE trapped');
    await sql(TRAP, 'trapped');
    await server.stop();
    const configFile = join(directory, 'empty.conf');
    await writeFile(configFile, '');
    const settings = { log_min_messages: 'fatal' };
    stopped = instance.openStopped({ dataDirectory: server.dataDirectory, configFile, settings });
  });

  test('lists its databases, seen from one that nobody may connect to', async () => {
    const databases = await stopped.databases('template0', CALL);
    expect(databases.map(({ name, connectable }) => [name, connectable])).toEqual([
      ['-cport=x', true],
      ['postgres', true],
      ['template0', false],
      ['template1', true],
      ['trapped', true],
    ]);
  });

  test('reads a database whose name looks like an option', async () => {
    expect(await stopped.contents('-cport=x', CALL)).toEqual({
      changedCollations: [],
      unloggedTables: [],
      unloggedCount: 0,
    });
  });

  test('calls no function that a database’s owner has put before PostgreSQL’s', async () => {
    expect(await stopped.contents('trapped', CALL)).toMatchObject({
      unloggedTables: ['trap.bait'],
    });
  });

  test('fails with the server’s words for a database that is not there', async () => {
    await expect(stopped.contents('gone', CALL)).rejects.toMatchObject({
      code: 'PG-FAILED',
      message: expect.stringContaining('"gone" does not exist'),
    });
  });

  test('is left alone while it runs', async () => {
    const { server } = made();
    await server.start();
    await expect(stopped.databases('postgres', CALL)).rejects.toMatchObject({ code: 'PG-FAILED' });
    await server.stop();
  });
});
