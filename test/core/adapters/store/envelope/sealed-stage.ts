import { createSecretKey, randomBytes } from 'node:crypto';
import type { DataKeys } from '../../../../../lib/core/adapters/store/envelope/data-keys.ts';
import { fileDataKeys } from '../../../../../lib/core/adapters/store/envelope/file-data-keys.ts';
import { withEnvelope } from '../../../../../lib/core/adapters/store/envelope/with-envelope.ts';
import { MemoryObjectStore } from '../../../../../lib/core/adapters/store/memory-object-store.ts';
import type { ObjectStore } from '../../../../../lib/core/ports/object-store.ts';
import { readObject, sourceOf } from '../../../../contract/store-helpers.ts';

/** Where a part of a base backup would be. */
export const PART = 'prod/1-15/base/20261122T010203Z-1-2/part-00001.tar.zst';

/** Keys of one file, with a secret of their own. */
export function someKeys(id = 'test/1'): DataKeys {
  return fileDataKeys([{ id, secret: createSecretKey(randomBytes(32)) }], '/etc/holdfast/key');
}

/** Stores `body` sealed; gives what the store holds of it. */
export async function sealedBytesOf(
  body: Uint8Array,
  keys: DataKeys,
  object: string = PART,
): Promise<Buffer> {
  const inner = new MemoryObjectStore();
  await withEnvelope(inner, keys).putStream(object, sourceOf(body));
  return readObject(inner, object);
}

/** A sealed store in which `stored` lies under `object`, as somebody left it there. */
export async function holding(
  stored: Uint8Array,
  keys: DataKeys,
  object: string = PART,
): Promise<ObjectStore> {
  const inner = new MemoryObjectStore();
  await inner.replace(object, stored, { ifMatch: undefined });
  return withEnvelope(inner, keys);
}
