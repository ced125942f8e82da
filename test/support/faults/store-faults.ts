import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { type Effect, type FaultSwitch, killAt } from './fault-switch.ts';

/** Calls that go on for a while. */
const STREAMS = /^store (putStream|get|list|folders|hidden) /;

/** Effects that say something about a call on the store. */
export function storeEffects(call: string): readonly Effect[] {
  return STREAMS.test(call) ? ['refused', 'lost', 'cut'] : ['refused', 'lost'];
}

/** The same store, whose calls may be made to fail. */
export function faultyStore(store: ObjectStore, faults: FaultSwitch): ObjectStore {
  const meet = (name: string, key: string): Effect | undefined => faults.meet('store', name, key);
  const call = async <T>(name: string, key: string, run: () => Promise<T>): Promise<T> =>
    withEffect(meet(name, key), run);
  const items = async function* <T>(
    name: string,
    key: string,
    all: () => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const effect = meet(name, key);
    await withEffect(
      effect === 'refused' || effect === 'killed-before' ? effect : undefined,
      async () => undefined,
    );
    yield* broken(all(), effect);
  };
  return {
    url: store.url,
    putIfAbsent: async (key, body, options) =>
      call('putIfAbsent', key, async () => store.putIfAbsent(key, body, options)),
    putStream: async (key, chunks, options) => {
      const effect = meet('putStream', key);
      const source = effect === 'cut' ? broken(chunks, effect) : chunks;
      return withEffect(effect, async () => store.putStream(key, source, options));
    },
    replace: async (key, body, options) =>
      call('replace', key, async () => store.replace(key, body, options)),
    get: async (key, options) => {
      const effect = meet('get', key);
      const isStream = effect === 'cut' || effect === 'lost';
      const body = await withEffect(isStream ? undefined : effect, async () =>
        store.get(key, options),
      );
      return { stat: body.stat, chunks: broken(body.chunks, effect) };
    },
    head: async (key, options) => call('head', key, async () => store.head(key, options)),
    list: (prefix, options) => items('list', prefix, () => store.list(prefix, options)),
    folders: (prefix, options) => items('folders', prefix, () => store.folders(prefix, options)),
    hidden: (prefix, options) => items('hidden', prefix, () => store.hidden(prefix, options)),
    expireTagged: async (terms, options) =>
      call('expireTagged', '', async () => store.expireTagged(terms, options)),
    tag: async (key, tags, options) => call('tag', key, async () => store.tag(key, tags, options)),
    tags: async (key, options) => call('tags', key, async () => store.tags(key, options)),
    proveConditional: async (key, body, options) =>
      call('proveConditional', key, async () => store.proveConditional(key, body, options)),
  };
}

async function withEffect<T>(effect: Effect | undefined, run: () => Promise<T>): Promise<T> {
  killAt('before', effect);
  if (effect === 'refused') throw unavailable('did not answer');
  const result = await run().finally(() => killAt('after', effect));
  if (effect === 'lost') throw unavailable('answered, and the answer was lost');
  return result;
}

/** Breaks off after the first item, or after all of them. */
async function* broken<T>(items: AsyncIterable<T>, effect: Effect | undefined): AsyncGenerator<T> {
  for await (const item of items) {
    yield item;
    if (effect === 'cut') throw unavailable('broke off');
  }
  killAt('after', effect);
  if (effect === 'lost' || effect === 'cut') throw unavailable('ended with an error');
}

function unavailable(what: string): OpsError {
  return new OpsError('STORE-UNAVAILABLE', `the store ${what}, as was arranged`);
}
