import { expect, test } from 'vitest';
import { sha256 } from '../../../lib/core/store/sha256.ts';

test('SHA-256 is that of FIPS 180-2, appendix B.1, in lower-case hex', () => {
  expect(sha256(Buffer.from('abc'))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
