/** The first bytes of every sealed object. */
export const MAGIC = Buffer.from('HFENV1');

/** So many bytes of a damaged magic are still whole; no zstd frame, tar or JSON has so many of them. */
const TELLING_BYTES = 4;

/** What an object is by its first bytes. */
export type Beginning = 'plain' | 'sealed' | 'damaged';

/**
 * Tells by its first bytes whether an object is sealed. One whose magic is damaged is not plain: whoever
 * reads it would blame something else.
 */
export function beginningOf(first: Uint8Array): Beginning {
  const equal = MAGIC.filter((byte, index) => byte === first[index]).byteLength;
  if (equal === MAGIC.byteLength) return 'sealed';
  return equal >= TELLING_BYTES ? 'damaged' : 'plain';
}
