/** The polynomial of Castagnoli, its bits reversed. */
const POLYNOMIAL = 0x82f6_3b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : POLYNOMIAL);
  return crc;
});

/**
 * CRC-32C of `bytes`, which PostgreSQL puts on records of WAL. Node's own `crc32` has another polynomial.
 *
 * @param before - of what comes before `bytes`, to go on from there.
 * @see PostgreSQL src/port/pg_crc32c_sb8.c
 * @example crc32c(Buffer.from('123456789')) // 0xe3069283
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
