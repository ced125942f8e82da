import type { World } from './world.ts';

/** Names and tags of all objects: equal when nothing in the store changed. */
export async function storeDigest({ store }: World): Promise<string> {
  const heads = await Array.fromAsync(store.list(''));
  return heads
    .map(({ key, etag }) => `${key} ${etag}`)
    .toSorted()
    .join('\n');
}
