import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderRecoverySpool } from '../../../../lib/core/adapters/restore/folder-recovery-spool.ts';
import { restoreCommand } from '../../../../lib/core/restore/wal/restore-command.ts';

const NAME = '000000010000000000000003';
const PLACE = 'pg_wal/RECOVERYXLOG';
/** PostgreSQL gives up above this, and promotes on 1 to 125. */
const ABORTS_ABOVE = 125;

describe.each(['plain', `it's 100% "odd" $(touch pwned) \`x\` \\ ; &`])(
  'restore_command in %s',
  (odd) => {
    let directory: string;
    let spool: FolderRecoverySpool;
    beforeEach(async () => {
      directory = join(await mkdtemp(join(tmpdir(), 'restore-')), odd);
      await mkdir(join(directory, 'pg_wal'), { recursive: true });
      spool = await FolderRecoverySpool.create(join(directory, 'spool'), undefined);
      await spool.beat(new Date());
    });
    afterEach(() => rm(join(directory, '..'), { recursive: true }));

    /** As PostgreSQL does: replaces the escapes, then system(3) in the data directory. */
    async function run(name = NAME): Promise<number> {
      const command = restoreCommand(spool.path).replaceAll(/%[fp%]/g, (escape) => {
        if (escape === '%%') return '%';
        return escape === '%f' ? name : PLACE;
      });
      const shell = spawn('/bin/sh', ['-c', command], { cwd: directory, stdio: 'ignore' });
      const [status] = await once(shell, 'exit');
      return Number(status);
    }
    const replaceScript = (text: string) => writeFile(join(spool.path, 'restore-command'), text);
    const writeOneShot = (text: string) => writeFile(join(spool.path, 'one-shot'), text);
    const place = () => readFile(join(directory, PLACE), 'utf8');

    test('hands over what is ready and says so', async () => {
      await spool.offer(NAME, Buffer.from('wal'));
      expect(await run()).toBe(0);
      expect(await place()).toBe('wal');
      await expect(access(join(directory, 'pwned'))).rejects.toThrow('ENOENT');
      expect(await spool.calls()).toEqual({ asked: [], taken: [NAME] });
      expect(await spool.isReady(NAME)).toBe(false);
    });

    test('asks for what is not ready and waits for it', async () => {
      const status = run();
      await expect.poll(() => spool.calls()).toEqual({ asked: [NAME], taken: [] });
      await spool.offer(NAME, Buffer.from('wal'));
      expect(await status).toBe(0);
      expect(await place()).toBe('wal');
    });

    test('ends with 1 only for a proof of absence', async () => {
      await spool.proveAbsent(NAME);
      expect(await run()).toBe(1);
    });

    test('a proof for another name proves nothing', async () => {
      await spool.proveAbsent('000000010000000000000004');
      await spool.fail(NAME, 'the store\nis gone');
      expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
    });

    test('aborts when the serving process is silent', async () => {
      await spool.beat(new Date(Date.now() - 60_000));
      expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
    });

    test.each([
      ['ends with 0 without a file', 'exit 0'],
      ['ends with 1 without a proof', 'exit 1'],
      ['has a syntax error', 'case ( fi'],
      ['is empty', ''],
      ['calls what is missing', '/nowhere/program'],
      ['is killed', 'kill -9 $$'],
    ])('aborts when the script %s', async (_, text) => {
      await replaceScript(text);
      expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
    });

    test('aborts when the script or the spool is gone', async () => {
      await rm(join(spool.path, 'restore-command'));
      expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
      await rm(spool.path, { recursive: true });
      expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
    });

    test('aborts when the place is not writable', async () => {
      await rm(join(directory, 'pg_wal'), { recursive: true });
      await spool.offer(NAME, Buffer.from('wal'));
      expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
    });

    test('aborts for a name that is none', async () => {
      expect(await run('..')).toBeGreaterThan(ABORTS_ABOVE);
    });

    describe('with a one-shot program and a silent server', () => {
      beforeEach(() => spool.beat(new Date(0)));

      test('takes its file', async () => {
        await writeOneShot(`printf '%s' "$1" >"$2"`);
        expect(await run()).toBe(0);
        expect(await place()).toBe(NAME);
      });

      test('takes its absence with a proof', async () => {
        await writeOneShot(': >"$3"; exit 1');
        expect(await run()).toBe(1);
      });

      test.each([
        ['ends with 1 without a proof, as a crashing interpreter does', 'exit 1'],
        ['ends with 0 without a file', 'exit 0'],
        ['needs an interpreter that is missing', 'exec /nowhere/node wal-fetch'],
        ['was used wrongly', 'exit 2'],
      ])('aborts when it %s', async (_, text) => {
        await writeOneShot(text);
        expect(await run()).toBeGreaterThan(ABORTS_ABOVE);
      });
    });
  },
);
