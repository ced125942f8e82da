import type { Clock } from '../../lib/core/ports/clock.ts';
import type { ObjectHead, ObjectStore } from '../../lib/core/ports/object-store.ts';

/**
 * Stores as their own clocks would have them if they went as `clock` does, for the objects of `isOf` that
 * are put through any of them.
 */
export function followClock(
  clock: Pick<Clock, 'now'>,
  isOf: (key: string) => boolean,
): (store: ObjectStore) => ObjectStore {
  const moments = new Map<string, Date>();
  const timed = <T extends ObjectHead>(head: T): T => {
    const modifiedAt = moments.get(head.key) ?? head.modifiedAt;
    return { ...head, modifiedAt };
  };
  return (store) => {
    const putIfAbsent = store.putIfAbsent.bind(store);
    const head = store.head.bind(store);
    const list = store.list.bind(store);
    const following: Partial<ObjectStore> = {
      putIfAbsent: async (key, ...rest) => {
        const put = await putIfAbsent(key, ...rest);
        if (put === 'created' && isOf(key)) moments.set(key, clock.now());
        return put;
      },
      head: async (...call) => {
        const found = await head(...call);
        return found && timed(found);
      },
      list: async function* (...call) {
        for await (const found of list(...call)) yield timed(found);
      },
    };
    return new Proxy(store, {
      get: (target, property) => {
        const own: unknown = Reflect.get(following, property);
        if (own !== undefined) return own;
        const member: unknown = Reflect.get(target, property);
        return typeof member === 'function' ? member.bind(target) : member;
      },
      set: (_, property, value) => Reflect.set(following, property, value),
    });
  };
}
