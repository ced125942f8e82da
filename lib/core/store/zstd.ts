import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { promisify } from 'node:util';
import { OpsError } from '../errors/ops-error.ts';

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** Measured: Node's default output chunk of 16 KiB makes one-shot zstd 1.3–1.6 times slower. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * How WAL and tables are packed. Measured on those of pgbench, of COPY and of text that hardly
 * compresses: with a half to three quarters of the CPU of level 3 it comes to the same size, by 1 % more
 * to 4 % less; tables full of prose get 5 % larger. Level 1 as it is looks for matches of seven bytes, too
 * long for the headers of records, and is 7 % larger.
 */
export const PACKING = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_minMatch]: 5,
  [constants.ZSTD_c_checksumFlag]: 1,
};
const WAL_OPTIONS = { chunkSize: CHUNK_BYTES, params: PACKING };

/**
 * One zstd frame with a content checksum, packed as suits WAL. Made on another thread, which reads
 * `plain` until the promise is settled.
 *
 * @see https://nodejs.org/docs/latest-v24.x/api/zlib.html#zlibzstdcompressbuffer-options-callback
 */
export async function compressWal(plain: Uint8Array): Promise<Uint8Array> {
  return compressAsync(plain, WAL_OPTIONS);
}

/**
 * The plain bytes of exactly one zstd frame. Several frames in a row must be decoded one by one:
 * Node's decoder may drop what follows the first.
 *
 * @param plainBytes - the length expected, if known; longer or shorter output is refused.
 * @throws {@link OpsError} `STORE-CORRUPT` when `frame` does not decode to that length.
 */
export async function decompressFrame(
  frame: Uint8Array,
  object: string,
  plainBytes?: number,
): Promise<Uint8Array> {
  let plain: Uint8Array;
  try {
    plain = await decompressAsync(frame, {
      chunkSize: Math.max(plainBytes ?? CHUNK_BYTES, 64 * 1024),
    });
  } catch (cause) {
    throw new OpsError('STORE-CORRUPT', `${object} is not valid zstd`, {
      cause,
      hint: 'the stored bytes are damaged: choose another backup, or bring back an earlier version',
      details: { object },
    });
  }
  if (plainBytes !== undefined && plain.byteLength !== plainBytes) {
    throw new OpsError(
      'STORE-CORRUPT',
      `${object} decodes to ${plain.byteLength} bytes instead of ${plainBytes}`,
      { hint: 'the stored bytes are damaged: choose another backup', details: { object } },
    );
  }
  return plain;
}
