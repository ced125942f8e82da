import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type DataKeys, KEY_BYTES, type WrapKind, wrapContext } from './data-keys.ts';
import { brokenSeal, keyRefused } from './envelope-refusals.ts';
import type { FileKey } from './key-file.ts';
import { TAG_BYTES } from './sealed-size.ts';

const KIND: WrapKind = 'file';
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;

/**
 * Data keys wrapped by AES-256-GCM under the first of `keys`, and unwrapped under whichever of them
 * wrapped it: nonce, wrapped key and tag, one after the other. The context is the additional data.
 *
 * @param keys - of the file at `path`, the newest first; at least one.
 */
export function fileDataKeys(keys: readonly FileKey[], path: string): DataKeys {
  return {
    kind: KIND,
    create: async (object) => {
      const [newest] = keys;
      if (newest === undefined) throw keyRefused(`${path} holds no key`, { path });
      const key = randomBytes(KEY_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, newest.secret, nonce).setAAD(contextOf(object));
      const sealed = [nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()];
      return { key, wrapped: { kind: KIND, keyId: newest.id, bytes: Buffer.concat(sealed) } };
    },
    unwrap: async ({ keyId, bytes }, object) => {
      const known = keys.find(({ id }) => id === keyId);
      if (known === undefined) {
        const message = `${object} is sealed under the key ${keyId}, which ${path} does not hold`;
        throw keyRefused(message, { object, key: keyId, path });
      }
      if (bytes.byteLength !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) {
        throw brokenSeal(object, 'has a data key of another length');
      }
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const wrapped = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
      const cipher = createDecipheriv(ALGORITHM, known.secret, nonce, { authTagLength: TAG_BYTES })
        .setAAD(contextOf(object))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const key = cipher.update(wrapped);
      try {
        cipher.final();
      } catch (cause) {
        key.fill(0);
        throw brokenSeal(object, 'has a data key that was made for another object', cause);
      }
      return key;
    },
  };
}

function contextOf(object: string): Buffer {
  return Buffer.from(JSON.stringify(wrapContext(object)));
}
