import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { attachServer } from '../../lib/core/adapters/postgres/attached-server.ts';
import { claimDataDirectory } from '../../lib/core/adapters/restore/claim-data-directory.ts';
import { serverOwner } from '../../lib/core/adapters/system/file-owner.ts';
import type { DataDirectory } from '../../lib/core/ports/data-directory.ts';
import { settleConfiguration } from '../../lib/core/restore/inspection/settle-configuration.ts';
import { testServer } from '../support/postgres-server.ts';

const PREPARE = `CREATE TABLE facts (id int);
  BEGIN; INSERT INTO facts VALUES (1); PREPARE TRANSACTION 'left'`;

describe('the configuration that a recovered directory is to be started with', () => {
  const made = testServer({ settings: { max_prepared_transactions: '5' } });
  let directory: DataDirectory;
  let count = 0;

  const inDirectory = (name: string): string => join(directory.path, name);
  const configure = async (...lines: readonly string[]): Promise<void> =>
    appendFile(inDirectory('postgresql.conf'), `${lines.join('\n')}\n`);
  const settle = async (): Promise<string> => {
    const notes = await settleConfiguration({ directory, postgres: made().instance });
    return notes.join('\n');
  };

  beforeAll(async () => {
    const { server } = made();
    await server.run('psql', ['-XAtqc', PREPARE]);
    await server.stop();
  });

  /** A copy of the stopped server's directory, claimed as by a recovery. */
  beforeEach(async () => {
    count += 1;
    const { server, directory: folder } = made();
    directory = await claimDataDirectory(join(folder, `copy-${count}`), serverOwner());
    const { [Symbol.asyncDispose]: release } = directory;
    onTestFinished(async () => release.call(directory));
    await execa('cp', ['-a', `${server.dataDirectory}/.`, directory.path]);
  });

  test('is left alone when it is whole, and what is prepared is told', async () => {
    const before = await readFile(inDirectory('postgresql.conf'), 'utf8');
    expect(await settle()).toMatch(/^transactions that are left prepared .*: 1, .*$/);
    expect(await readFile(inDirectory('postgresql.conf'), 'utf8')).toBe(before);
    expect(await readFile(inDirectory('postgresql.auto.conf'), 'utf8')).not.toContain('prepared');
  });

  test.each([
    ['a library', 'missing_library', ["shared_preload_libraries = 'missing_library'"]],
    ['a file', '/nowhere/more.conf', ["include '/nowhere/more.conf'"]],
    ['a locale', 'lc_messages', ["lc_messages = 'xx_XX.UTF-8'"]],
    ['a certificate', '/nowhere/s.crt', ['ssl = on', "ssl_cert_file = '/nowhere/s.crt'"]],
  ])('is said not to start when %s is not here', async (_, name, lines) => {
    await configure(...lines);
    expect(await settle()).toMatch(new RegExp(`does not start here .*${name}`));
  });

  test.each([
    ['itself', (line: string) => configure(line)],
    [
      'through an include',
      async (line: string) => {
        await appendFile(inDirectory('place.conf'), `${line}\n`);
        await configure("include 'place.conf'");
      },
    ],
    [
      'where a broken line hides it',
      (line: string) => configure(line, "include '/nowhere/more.conf'"),
    ],
  ])('serves this directory, not another that it names %s', async (_, name) => {
    const other = made().server.dataDirectory;
    await name(`data_directory = '${other}'`);
    expect(await settle()).toContain(`serve ${other}`);
    const conf = await readFile(inDirectory('postgresql.conf'), 'utf8');
    expect(conf.trim().split('\n').at(-1)).toBe(`data_directory = '${directory.path}'`);
  });

  test('names files outside it, and the huge pages that it wants', async () => {
    await configure("hba_file = '/nowhere/pg_hba.conf'", 'huge_pages = on');
    await configure('logging_collector = on', "log_directory = '/nowhere/log'");
    const notes = await settle();
    expect(notes).toContain('hba_file = /nowhere/pg_hba.conf, log_directory = /nowhere/log');
    expect(notes).toMatch(/huge_pages is on: .* \d+ huge pages/);
  });

  test('has room for what was prepared after a raised limit', async () => {
    await configure('max_prepared_transactions = 0');
    expect(await settle()).toContain('left prepared');
    await using server = await attachServer(made().instance, {
      dataDirectory: directory.path,
      logFile: join(made().directory, 'room.log'),
    });
    await server.run('psql', ['-XAtqc', "COMMIT PREPARED 'left'"]);
    expect(await server.run('psql', ['-XAtqc', 'SELECT id FROM facts'])).toBe('1');
  });
});
