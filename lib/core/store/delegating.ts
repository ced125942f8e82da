import type { ObjectStore } from '../ports/object-store.ts';

/** All that `store` does, as a value of its own: for a store that does some of it in another way. */
export function delegating(store: ObjectStore): ObjectStore {
  return {
    url: store.url,
    putIfAbsent: async (...words) => store.putIfAbsent(...words),
    putStream: async (...words) => store.putStream(...words),
    replace: async (...words) => store.replace(...words),
    get: async (...words) => store.get(...words),
    head: async (...words) => store.head(...words),
    list: (...words) => store.list(...words),
    folders: (...words) => store.folders(...words),
    hidden: (...words) => store.hidden(...words),
    expireTagged: async (...words) => store.expireTagged(...words),
    tag: async (...words) => store.tag(...words),
    tags: async (...words) => store.tags(...words),
    proveConditional: async (...words) => store.proveConditional(...words),
  };
}
