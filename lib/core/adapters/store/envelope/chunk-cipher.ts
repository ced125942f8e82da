import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import { brokenSeal } from './envelope-refusals.ts';
import type { Header } from './header.ts';
import { TAG_BYTES } from './sealed-size.ts';

/** What the chunks of one object are sealed with. */
export interface ChunkKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly noncePrefix: Header['noncePrefix'];
  /** Binds every chunk to its header and to the object's key. */
  readonly additionalData: Uint8Array;
  /** The object's key, for whoever is told that it is broken. */
  readonly object: string;
}

/** Which chunk it is: its number from 0, and whether the object ends with it. */
export interface ChunkPlace {
  readonly index: number;
  readonly isLast: boolean;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;

/** What every chunk of `object` is bound to. */
export function additionalDataOf(header: Uint8Array, object: string): Buffer {
  return Buffer.concat([hash('sha256', header, 'buffer'), Buffer.from(object)]);
}

/** The chunk as it is stored, in two pieces: encrypted, and its tag. */
export function sealChunk(
  plain: Uint8Array,
  place: ChunkPlace,
  { key, noncePrefix, additionalData }: ChunkKey,
): readonly [Buffer, Buffer] {
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(noncePrefix, place));
  cipher.setAAD(additionalData);
  const sealed = cipher.update(plain);
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

/**
 * The plain bytes of a chunk with its tag, which is proven first.
 *
 * @throws {@link OpsError} `VAULT-SEALED` for any other chunk than the one that was sealed in this place.
 */
export function openChunk(
  sealed: Uint8Array,
  place: ChunkPlace,
  { key, noncePrefix, additionalData, object }: ChunkKey,
): Buffer {
  const cipher = createDecipheriv(ALGORITHM, key, nonceOf(noncePrefix, place), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(additionalData).setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = cipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    cipher.final();
    return plain;
  } catch (cause) {
    throw brokenSeal(object, `is not what was sealed, in its chunk ${place.index}`, cause);
  }
}

/**
 * The nonce of STREAM: the object's own prefix, the chunk's number, and whether it is the last, so that
 * no chunk opens in another place, and none as the end of a shorter object.
 *
 * @see https://eprint.iacr.org/2015/189 Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption
 */
function nonceOf(prefix: Uint8Array, { index, isLast }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.set(prefix);
  nonce.writeUInt32BE(index, prefix.byteLength);
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
  return nonce;
}
