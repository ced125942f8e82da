import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  plainBytes,
  sealedBytes,
  TAG_BYTES,
} from '../../../../../lib/core/adapters/store/envelope/sealed-size.ts';

describe('sizes of sealed objects', () => {
  test('tell those of what they seal', () => {
    const around = fc
      .tuple(fc.nat(5_000_000), fc.integer({ min: -20, max: 20 }))
      .map(([chunks, more]) => Math.max(0, chunks * CHUNK_BYTES + more));
    fc.assert(
      fc.property(fc.oneof(fc.nat(), around), (bytes) => {
        expect(plainBytes(sealedBytes(bytes))).toBe(bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    [0, 1_040],
    [1, 1_041],
    [CHUNK_BYTES, 1_040 + CHUNK_BYTES],
    [CHUNK_BYTES + 1, 1_040 + CHUNK_BYTES + 1 + TAG_BYTES],
  ])('%i bytes take %i', (plain, sealed) => {
    expect(sealedBytes(plain)).toBe(sealed);
  });

  test.each([0, 1, 1_023, 1_024, 1_039, 1_040 + CHUNK_BYTES + 1, 1_040 + CHUNK_BYTES + TAG_BYTES])(
    '%i bytes are no sealed object',
    (sealed) => {
      expect(plainBytes(sealed)).toBeUndefined();
    },
  );
});
