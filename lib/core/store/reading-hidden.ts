import { isOpsError } from '../errors/ops-error.ts';
import type { HiddenObject, ObjectStore } from '../ports/object-store.ts';
import { delegating } from './delegating.ts';
import { findHiddenIfAllowed, getHidden } from './hidden-object.ts';

/**
 * The same store, whose `get` of a key falls back to what a delete marker hides there: for objects that
 * somebody counts on already. Nothing is listed that was not. Who may not list versions is told that the
 * object is absent, as ever.
 *
 * @param onHidden - told of each object that was read in spite of its marker.
 */
export function readingHidden(
  store: ObjectStore,
  onHidden: (hidden: HiddenObject) => void = () => undefined,
): ObjectStore {
  return {
    ...delegating(store),
    get: async (key, options = {}) => {
      try {
        return await store.get(key, options);
      } catch (error) {
        if (options.version !== undefined || !isOpsError(error, 'STORE-ABSENT')) throw error;
        const hidden = await findHiddenIfAllowed(store, key, { signal: options.signal });
        if (hidden === undefined) throw error;
        onHidden(hidden);
        return getHidden(store, hidden, options);
      }
    },
  };
}
