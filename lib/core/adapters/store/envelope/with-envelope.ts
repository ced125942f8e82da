import type { ObjectHead, ObjectStore } from '../../../ports/object-store.ts';
import { gather } from '../../../store/gather.ts';
import { sha256 } from '../../../store/sha256.ts';
import { delegating } from '../../../store/delegating.ts';
import { checkKey } from '../object-key.ts';
import type { DataKeys } from './data-keys.ts';
import { backupFolderOf, isLeftPlain } from './left-plain.ts';
import { getOpened, isSealed, statOpened } from './read-sealed.ts';
import { sealBytes, sealStream } from './seal.ts';
import { plainBytes } from './sealed-size.ts';

/**
 * The same store, in which every new object is sealed under a data key of its own, but for those that
 * {@link isLeftPlain} names. Sizes and hashes are told of what is sealed, so that records mean the same
 * with and without; hashes in the store itself are those of its bytes.
 *
 * An object that lies there unsealed is read as it is: the archive began without. Its size in a listing
 * is exact below `base/`, whose folders are each written by one process; elsewhere it may be short by
 * what sealing would have added.
 *
 * @throws besides what the store throws, `VAULT-SEALED` and `VAULT-KEY`.
 */
export function withEnvelope(store: ObjectStore, keys: DataKeys): ObjectStore {
  const vault = { store, keys };
  return {
    ...delegating(store),
    putIfAbsent: async (key, body, options) => {
      checkKey(key);
      options.signal?.throwIfAborted();
      if (isLeftPlain(key)) return store.putIfAbsent(key, body, options);
      const { signal } = options;
      const sealing = { keys, object: key, bodySha256: sha256(body), signal };
      return store.putIfAbsent(key, await sealBytes(body, sealing), options);
    },
    putStream: async (key, chunks, options = {}) => {
      let bytes = 0;
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          bytes += chunk.byteLength;
          yield chunk;
        }
      };
      const { signal } = options;
      await store.putStream(key, sealStream(counted(), { keys, object: key, signal }), options);
      return bytes;
    },
    get: async (key, options = {}) => getOpened(vault, key, options),
    head: async (key, options = {}) => {
      const stat = await store.head(key, options);
      return stat && (await statOpened(vault, stat, options));
    },
    list: (prefix, { signal, ...options } = {}) =>
      withPlainSizes(store.list(prefix, { signal, ...options }), async ({ key }) =>
        isSealed(vault, key, { signal }),
      ),
    hidden: (prefix, { signal, ...options } = {}) =>
      withPlainSizes(store.hidden(prefix, { signal, ...options }), async ({ key, version }) =>
        isSealed(vault, key, { signal, version }),
      ),
    proveConditional: async (key, body, options = {}) => {
      // A store that does overwrite must lose nothing by the proof.
      const stored = isLeftPlain(key) ? body : await gather(await store.get(key, options));
      await store.proveConditional(key, stored, options);
    },
  };
}

/** One small read for each folder of a backup tells what the sizes of its objects mean. */
async function* withPlainSizes<T extends ObjectHead>(
  rows: AsyncIterable<T>,
  probe: (row: T) => Promise<boolean>,
): AsyncGenerator<T> {
  let known: { readonly folder: string; readonly isSealed: boolean } | undefined;
  for await (const row of rows) {
    const bytes = isLeftPlain(row.key) ? undefined : plainBytes(row.bytes);
    const folder = backupFolderOf(row.key);
    if (bytes !== undefined && folder !== undefined && folder !== known?.folder) {
      known = { folder, isSealed: await probe(row) };
    }
    const isSealedRow = folder === undefined || known?.isSealed === true;
    yield bytes !== undefined && isSealedRow ? { ...row, bytes } : row;
  }
}
