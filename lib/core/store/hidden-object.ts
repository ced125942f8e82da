import { isOpsError } from '../errors/ops-error.ts';
import type {
  CallOptions,
  HiddenObject,
  ObjectBody,
  ObjectStat,
  ObjectStore,
} from '../ports/object-store.ts';

/** What a delete marker hides under exactly this key; `undefined` when none does. */
export async function findHidden(
  store: ObjectStore,
  key: string,
  options: CallOptions = {},
): Promise<HiddenObject | undefined> {
  for await (const hidden of store.hidden(key, options)) {
    // Of all keys that begin with it, it is the first.
    return hidden.key === key ? hidden : undefined;
  }
  return undefined;
}

/** Reads the bytes that a marker hides. Throws as {@link ObjectStore.get}. */
export async function getHidden(
  store: ObjectStore,
  { key, version }: HiddenObject,
  options: CallOptions = {},
): Promise<ObjectBody> {
  return store.get(key, { ...options, version });
}

/** All that is known of what a marker hides, without reading it. */
export async function statHidden(
  store: ObjectStore,
  { key, version }: HiddenObject,
  options: CallOptions = {},
): Promise<ObjectStat> {
  const body = await store.get(key, { ...options, version, range: { start: 0, end: 0 } });
  for await (const _ of body.chunks) break;
  return body.stat;
}

/**
 * As {@link findHidden}, for who asks only because an object is absent: without the right to list
 * versions there is nothing hidden.
 */
export async function findHiddenIfAllowed(
  store: ObjectStore,
  key: string,
  options: CallOptions = {},
): Promise<HiddenObject | undefined> {
  try {
    return await findHidden(store, key, options);
  } catch (error) {
    if (isOpsError(error, 'STORE-DENIED')) return undefined;
    throw error;
  }
}
