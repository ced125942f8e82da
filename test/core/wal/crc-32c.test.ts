import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from '../../../lib/core/wal/crc-32c.ts';

/** RFC 3720, appendix B.4, and the check value of the catalogue of CRCs. */
test.each([
  ['nothing', Buffer.alloc(0), 0],
  ['the nine digits', Buffer.from('123456789'), 0xe306_9283],
  ['32 zeros', Buffer.alloc(32), 0x8a91_36aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8_ab43],
  ['bytes that count up', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd_794e],
  ['bytes that count down', Buffer.from(Array.from({ length: 32 }, (_, n) => 31 - n)), 0x113f_db5c],
])('crc32c knows %s', (_, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

test('crc32c goes on from what comes before, wherever the bytes are parted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, at) => {
      expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(crc32c(bytes));
    }),
  );
});
