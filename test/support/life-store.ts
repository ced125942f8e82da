import { MemoryObjectStore } from '../../lib/core/adapters/store/memory-object-store.ts';
import type { HiddenObject, ObjectHead, ObjectStore } from '../../lib/core/ports/object-store.ts';

/** A store of which a test says when its objects came, and takes them away. */
export interface LifeStore {
  readonly store: ObjectStore;
  /** What is under `key` in the source is here from `at` on. */
  show(key: string, at: Date): void;
  /** Every key below `prefix` of the source, as {@link show}. */
  showAll(prefix: string, at: Date): Promise<void>;
  /** When an object that was put here came. @default - when it was put */
  date(key: string, at: Date): void;
  /** Takes an object away for good, as no program of ours could. */
  remove(key: string): void;
  /** Puts a delete marker on it. */
  hide(key: string, at: Date): void;
}

/**
 * A store with objects of its own, and those of `source` that were shown. What it lists has the times that
 * the test gave.
 */
export function lifeStore(source: ObjectStore): LifeStore {
  const own = new MemoryObjectStore();
  const shown = new Map<string, Date>();
  const dates = new Map<string, Date>();
  const removed = new Set<string>();
  const hidden = new Map<string, Date>();
  const isGone = (key: string): boolean => removed.has(key) || hidden.has(key);
  const dated = <H extends ObjectHead>(head: H): H => {
    const modifiedAt = shown.get(head.key) ?? dates.get(head.key) ?? head.modifiedAt;
    return { ...head, modifiedAt };
  };
  const storeOf = (key: string): ObjectStore => (shown.has(key) ? source : own);
  const list: ObjectStore['list'] = async function* (prefix, { after = '' } = {}) {
    const heads: ObjectHead[] = [];
    for await (const head of own.list(prefix)) heads.push(head);
    for (const key of shown.keys()) {
      const head = key.startsWith(prefix) ? await source.head(key) : undefined;
      if (head !== undefined) heads.push(head);
    }
    heads.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { metadata: _, ...head } of heads as (ObjectHead & { metadata?: unknown })[]) {
      if (head.key > after && !isGone(head.key)) yield dated(head);
    }
  };
  const store: ObjectStore = {
    url: 'memory:life',
    putIfAbsent: async (...call) => own.putIfAbsent(...call),
    putStream: async (...call) => own.putStream(...call),
    replace: async (...call) => own.replace(...call),
    tag: async (...call) => own.tag(...call),
    tags: async (...call) => own.tags(...call),
    proveConditional: async (...call) => own.proveConditional(...call),
    expireTagged: async () => undefined,
    list,
    get: async (key, options) =>
      isGone(key) ? own.get(`${key}-gone`, options) : storeOf(key).get(key, options),
    head: async (key) => {
      const stat = isGone(key) ? undefined : await storeOf(key).head(key);
      return stat && dated(stat);
    },
    async *folders(prefix) {
      let last: string | undefined;
      for await (const { key } of list(prefix)) {
        const [name, ...below] = key.slice(prefix.length).split('/');
        if (below.length === 0 || name === undefined || name === last) continue;
        last = name;
        yield name;
      }
    },
    async *hidden(prefix, { after = '', onLooked, signal } = {}) {
      for (const [key, hiddenAt] of [...hidden].sort(([a], [b]) => (a < b ? -1 : 1))) {
        signal?.throwIfAborted();
        const head = await storeOf(key).head(key);
        if (!key.startsWith(prefix) || key <= after || head === undefined) continue;
        yield { ...dated(head), version: '1', hiddenAt } satisfies HiddenObject;
        onLooked?.(key);
      }
    },
  };
  const show = (key: string, at: Date): void => void shown.set(key, at);
  return {
    store,
    show,
    showAll: async (prefix, at) => {
      for await (const { key } of source.list(prefix)) show(key, at);
    },
    date: (key, at) => void dates.set(key, at),
    remove: (key) => void removed.add(key),
    hide: (key, at) => void hidden.set(key, at),
  };
}
