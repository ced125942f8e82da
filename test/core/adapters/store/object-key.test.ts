import * as fc from 'fast-check';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkFolderPrefix,
  checkKey,
  checkPrefix,
  isKeySegment,
} from '../../../../lib/core/adapters/store/object-key.ts';
import { isOpsError } from '../../../../lib/core/errors/ops-error.ts';

const refused = expect.objectContaining({ code: 'STORE-KEY' });

describe('keys', () => {
  test.each([
    'identity.json',
    'prod/7312345678901234567-15/wal/00000001/00000000/000000010000000000000001.zst',
    'run/base=full/2026-11-22T010203Z.json',
  ])('lets %s through', (key) => {
    expect(() => checkKey(key)).not.toThrow();
  });

  test.each(['a.meta', 'a/b.tags', 'a.versions/b', 'a/.hidden', 'x'.repeat(241), 'é'])(
    'refuses %s',
    (key) => {
      expect(() => checkKey(key)).toThrow(refused);
    },
  );

  test('refuses a key longer than S3 takes', () => {
    expect(() => checkKey(Array(200).fill('abcde').join('/'))).toThrow(refused);
  });

  test('never lets a key out of its store', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', '\0', '-', '~', ' ') });
    fc.assert(
      fc.property(text, (key) => {
        fc.pre(isAccepted(key));
        expect(posix.normalize(key)).toBe(key);
        expect(key).toMatch(/^[^./]/);
      }),
    );
  });
});

describe('starts of keys', () => {
  test.each(['', 'a', 'a/', 'a/b.', 'a/b/'])('lets the prefix %j through', (prefix) => {
    expect(() => checkPrefix(prefix)).not.toThrow();
  });

  test.each(['/', '.', 'a/..', '../a', 'a//'])('refuses the prefix %j', (prefix) => {
    expect(() => checkPrefix(prefix)).toThrow(refused);
  });

  test.each(['a', '/', 'a//', '../'])('refuses the folder %j', (prefix) => {
    expect(() => checkFolderPrefix(prefix)).toThrow(refused);
  });

  test('are whole segments only when they are valid names', () => {
    expect(isKeySegment('lost+found')).toBe(false);
    expect(isKeySegment('a/b')).toBe(false);
    expect(isKeySegment('part-00001.tar.zst')).toBe(true);
  });
});

function isAccepted(key: string): boolean {
  try {
    checkKey(key);
    return true;
  } catch (error) {
    if (isOpsError(error, 'STORE-KEY')) return false;
    throw error;
  }
}
