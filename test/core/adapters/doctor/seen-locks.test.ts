import { readlinkSync } from 'node:fs';
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

// Only Linux tells, and only the machine itself tells all.
describe.runIf(process.platform === 'linux')('a lock', () => {
  const tellsAll = readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]';

  test('is seen while it is held, and is not taken by looking', async () => {
    const path = join(await temporaryFolder(), 'agent.lock');
    expect(await isFileLocked(path)).toBe(tellsAll ? false : undefined);
    const lock = await acquireFileLock(path);
    expect(await isFileLocked(path)).toBe(tellsAll ? true : undefined);
    await lock?.release();
    expect(await isFileLocked(path)).toBe(tellsAll ? false : undefined);
    expect(await acquireFileLock(path)).toBeDefined();
  });
});
