import type { CallOptions, ObjectBody, ObjectStore } from '../../ports/object-store.ts';
import { type Deadline, type Deadlines, startDeadline } from './deadline.ts';
import { relayCallersItems, relayStoresItems } from './deadline-relay.ts';

/** Generous on purpose: they end calls that hang, not calls that are slow. */
export const DEFAULT_DEADLINES: Deadlines = { callMs: 60_000, idleMs: 120_000, graceMs: 5_000 };

/** A body that moves at all must get through: cut off, it would be sent again from its start for ever. */
const SLOWEST_BYTES_PER_MS = 32;

/**
 * The same store, with a deadline on every call.
 *
 * Small calls have one for the whole; reads, streamed puts and listings have one per step, which
 * stands still while they wait for their caller. A call that ends by its caller's signal rejects
 * with that signal's reason, after a short time for cleaning up.
 */
export function withDeadlines(
  store: ObjectStore,
  deadlines: Deadlines = DEFAULT_DEADLINES,
): ObjectStore {
  const { callMs, idleMs, graceMs } = deadlines;
  const start = (what: string, ms: number, options: CallOptions): Deadline => {
    options.signal?.throwIfAborted();
    return startDeadline(`${what} on ${store.url}`, ms, graceMs, options.signal);
  };
  const call = async <T, O extends CallOptions>(
    what: string,
    options: O,
    run: (options: O) => Promise<T>,
    bodyBytes = 0,
  ): Promise<T> => {
    const deadline = start(what, callMs + bodyBytes / SLOWEST_BYTES_PER_MS, options);
    try {
      return await deadline.settle(run({ ...options, signal: deadline.signal }));
    } finally {
      deadline.stop();
    }
  };
  const pages = async function* <T, O extends CallOptions>(
    what: string,
    options: O,
    run: (options: O, deadline: Deadline) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const deadline = start(what, callMs, options);
    yield* relayStoresItems(run({ ...options, signal: deadline.signal }, deadline), deadline);
  };
  return {
    url: store.url,
    putIfAbsent: async (key, body, options) =>
      call(`put of ${key}`, options, async (o) => store.putIfAbsent(key, body, o), body.byteLength),
    putStream: async (key, chunks, options = {}) => {
      const deadline = start(`put of ${key}`, idleMs, options);
      try {
        const source = relayCallersItems(chunks, deadline);
        return await deadline.settle(store.putStream(key, source, { signal: deadline.signal }));
      } finally {
        deadline.stop();
      }
    },
    replace: async (key, body, options) =>
      call(`replace of ${key}`, options, async (o) => store.replace(key, body, o)),
    get: async (key, options = {}): Promise<ObjectBody> => {
      const deadline = start(`get of ${key}`, idleMs, options);
      try {
        const body = await deadline.settle(store.get(key, { ...options, signal: deadline.signal }));
        deadline.pause();
        return { stat: body.stat, chunks: relayStoresItems(body.chunks, deadline) };
      } catch (error) {
        deadline.stop();
        throw error;
      }
    },
    head: async (key, options = {}) =>
      call(`head of ${key}`, options, async (o) => store.head(key, o)),
    list: (prefix, options = {}) =>
      pages(`list of ${prefix}`, options, (o) => store.list(prefix, o)),
    folders: (prefix, options = {}) =>
      pages(`list of ${prefix}`, options, (o) => store.folders(prefix, o)),
    hidden: (prefix, options = {}) =>
      pages(`list of what is hidden in ${prefix}`, options, (o, deadline) => {
        const onLooked: typeof options.onLooked = (upTo) => {
          deadline.restart();
          options.onLooked?.(upTo);
        };
        return store.hidden(prefix, { ...o, onLooked });
      }),
    expireTagged: async (terms, options = {}) => {
      const deadline = start('expiry', idleMs, options);
      const onExpired: typeof options.onExpired = (...what) => {
        deadline.restart();
        options.onExpired?.(...what);
      };
      try {
        await deadline.settle(store.expireTagged(terms, { onExpired, signal: deadline.signal }));
      } finally {
        deadline.stop();
      }
    },
    tag: async (key, tags, options = {}) =>
      call(`tagging of ${key}`, options, async (o) => store.tag(key, tags, o)),
    tags: async (key, options = {}) =>
      call(`tags of ${key}`, options, async (o) => store.tags(key, o)),
    proveConditional: async (key, body, options = {}) =>
      call(`second put of ${key}`, options, async (o) => {
        await store.proveConditional(key, body, o);
      }),
  };
}
