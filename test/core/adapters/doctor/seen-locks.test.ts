import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFileLocked, lockedInodes } from '../../../../lib/core/adapters/doctor/seen-locks.ts';
import { acquireFileLock } from '../../../../lib/core/adapters/system/file-lock.ts';
import { temporaryFolder } from '../../../support/folders.ts';

describe('the locks that the kernel tells', () => {
  test.each([
    ['1: FLOCK  ADVISORY  WRITE 812 fe:00:1048 0 EOF', ['1048']],
    ['12: FLOCK  ADVISORY  WRITE 0 00:2d:77 0 EOF', ['77']],
    ['1: FLOCK  ADVISORY  READ 812 fe:00:1048 0 EOF', []],
    ['1: POSIX  ADVISORY  WRITE 812 fe:00:1048 0 EOF', []],
    ['1: -> FLOCK  ADVISORY  WRITE 812 fe:00:1048 0 EOF', []],
    ['', []],
  ])('%j are those of %j', (text, inodes) => {
    expect([...lockedInodes(`${text}\n`)]).toEqual(inodes);
  });
});

// Only Linux tells.
describe.runIf(process.platform === 'linux')('a lock', () => {
  test('is seen while it is held, and is not taken by looking', async () => {
    const path = join(await temporaryFolder(), 'agent.lock');
    expect(await isFileLocked(path)).toBe(false);
    const lock = await acquireFileLock(path);
    expect(await isFileLocked(path)).toBe(true);
    await lock?.release();
    expect(await isFileLocked(path)).toBe(false);
    expect(await acquireFileLock(path)).toBeDefined();
  });
});
