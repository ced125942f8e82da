import { describe, expect, test } from 'vitest';
import { toStoreError } from '../../../../../lib/core/adapters/store/folder/folder-errors.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed`), { code, syscall: 'write' });
}

describe('an error of the operating system', () => {
  test.each([
    ['EACCES', 'STORE-DENIED'],
    ['EPERM', 'STORE-DENIED'],
    ['EROFS', 'STORE-DENIED'],
    ['ENOTDIR', 'STORE-KEY'],
    ['EIO', 'STORE-UNAVAILABLE'],
    ['ESTALE', 'STORE-UNAVAILABLE'],
    ['EDQUOT', 'STORE-UNAVAILABLE'],
  ])('%s becomes %s', (code, expected) => {
    const cause = systemError(code);
    expect(toStoreError(cause, '/store')).toMatchObject({ code: expected, cause });
  });

  test('ENOSPC says that the file system is full', () => {
    const error = toStoreError(systemError('ENOSPC'), '/store');
    expect(error).toMatchObject({ code: 'STORE-UNAVAILABLE', hint: expect.stringMatching(/full/) });
  });

  test('is told from any other error, which stays as it is', () => {
    const error = new TypeError('a fault of the program');
    expect(toStoreError(error, '/store')).toBe(error);
  });
});
