import type { ListOptions, ObjectHead, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';

/** What of a lineage lies neither in the archive nor in a backup, in order of the keys, listed lazily. */
export async function* otherObjects(
  store: ObjectStore,
  { keys }: Lineage,
  { signal, after: from }: ListOptions = {},
): AsyncGenerator<ObjectHead, undefined> {
  const passed = [keys.basePrefix, keys.walPrefix, keys.walIndexPrefix];
  let after = from;
  for (;;) {
    let next: string | undefined;
    const rest = after === undefined ? {} : { after };
    for await (const head of store.list(keys.prefix, { signal, ...rest })) {
      next = passed.find((prefix) => head.key.startsWith(prefix));
      if (next !== undefined) break;
      yield head;
    }
    if (next === undefined) return undefined;
    // What sorts behind all that can lie below it: `0` is the byte after the slash.
    after = next.replace(/\/$/, '0');
  }
}
