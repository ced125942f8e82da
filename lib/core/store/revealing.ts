import type { HiddenObject, ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { findHidden, statHidden } from './hidden-object.ts';
import { readingHidden } from './reading-hidden.ts';

/**
 * The same store as if there were no delete markers: what they hide is listed and read as all else. What
 * is written goes to the store itself, and is a new object there.
 *
 * Listings throw `STORE-DENIED` too where the caller may not list versions.
 */
export function revealing(store: ObjectStore): ObjectStore {
  return {
    ...readingHidden(store),
    head: async (key, options = {}) => {
      const standing = await store.head(key, options);
      if (standing !== undefined) return standing;
      const hidden = await findHidden(store, key, options);
      return hidden && statHidden(store, hidden, options);
    },
    list: (prefix, options) =>
      merged(store.list(prefix, options), headsOf(store.hidden(prefix, options)), ({ key }) => key),
    folders: (prefix, options) =>
      merged(
        store.folders(prefix, options),
        foldersOf(store.hidden(prefix, options), prefix.length),
        (name) => `${name}/`,
      ),
  };
}

async function* headsOf(hidden: AsyncIterable<HiddenObject>): AsyncGenerator<ObjectHead, void> {
  for await (const { key, bytes, etag, modifiedAt } of hidden) {
    yield { key, bytes, etag, modifiedAt };
  }
}

/** As {@link ObjectStore.folders} gives them, from keys in byte order. */
async function* foldersOf(
  hidden: AsyncIterable<HiddenObject>,
  prefixLength: number,
): AsyncGenerator<string, void> {
  let last: string | undefined;
  for await (const { key } of hidden) {
    const end = key.indexOf('/', prefixLength);
    const name = end < 0 ? undefined : key.slice(prefixLength, end);
    if (name === undefined || name === last) continue;
    last = name;
    yield name;
  }
}

/** Both in the order of `place`, each place once, one item of each in memory. */
async function* merged<T>(
  standing: AsyncIterable<T>,
  hidden: AsyncIterable<T>,
  place: (item: T) => string,
): AsyncGenerator<T, void> {
  const [ours, theirs] = [standing[Symbol.asyncIterator](), hidden[Symbol.asyncIterator]()];
  try {
    let [one, other] = [await ours.next(), await theirs.next()];
    while (one.done !== true || other.done !== true) {
      const [a, b] = [one, other].map((step) =>
        step.done === true ? undefined : place(step.value),
      );
      const isOurs = b === undefined || (a !== undefined && a <= b);
      const step = isOurs ? one : other;
      if (step.done !== true) yield step.value;
      if (a === b || !isOurs) other = await theirs.next();
      if (isOurs) one = await ours.next();
    }
  } finally {
    await ours.return?.();
    await theirs.return?.();
  }
}
