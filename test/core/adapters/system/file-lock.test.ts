import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { acquireFileLock } from '../../../../lib/core/adapters/system/file-lock.ts';

const HOLDER = `
  const { acquireFileLock } = await import(process.argv[1]);
  const lock = await acquireFileLock(process.argv[2]);
  process.stdout.write(lock === undefined ? 'refused' : 'held');
  setInterval(() => {}, 1_000);
`;
const MODULE = new URL('../../../../lib/core/adapters/system/file-lock.ts', import.meta.url).href;

describe('acquireFileLock', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lock-'));
    path = join(directory, 'data.lock');
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('lets one holder in and the next after it has released', async () => {
    const first = await acquireFileLock(path);
    expect(first).toBeDefined();
    expect(await acquireFileLock(path)).toBeUndefined();

    await first?.release();
    const second = await acquireFileLock(path);
    expect(second).toBeDefined();
    await second?.release();
  });

  test('lets exactly one of many in', async () => {
    const locks = await Promise.all(Array.from({ length: 5 }, () => acquireFileLock(path)));
    const held = locks.filter((lock) => lock !== undefined);
    expect(held).toHaveLength(1);
    await held[0]?.release();
  });

  test('is freed when its holder is killed', async () => {
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, MODULE, path]);
    await once(holder.stdout, 'data');
    expect(await acquireFileLock(path)).toBeUndefined();

    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
    const lock = await acquireFileLock(path);
    expect(lock).toBeDefined();
    await lock?.release();
  });

  test('is not inherited by processes its holder starts', async () => {
    const lock = await acquireFileLock(path);
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    await lock?.release();
    const next = await acquireFileLock(path);
    expect(next).toBeDefined();
    await next?.release();
    child.kill('SIGKILL');
  });

  test('fails when the folder does not exist', async () => {
    await expect(acquireFileLock(join(directory, 'none', 'x.lock'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  test.runIf(process.platform === 'linux')('fails when the machine has no flock', async () => {
    vi.stubEnv('PATH', directory);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(acquireFileLock(path)).rejects.toMatchObject({ code: 'HOST-LOCK' });
  });
});
