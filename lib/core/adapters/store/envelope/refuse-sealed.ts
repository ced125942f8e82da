import type { ObjectStore } from '../../../ports/object-store.ts';
import { delegating } from '../../../store/delegating.ts';
import { sealed } from './envelope-refusals.ts';
import { beginningOf, MAGIC } from './magic.ts';
import { startReading } from './start-reading.ts';

/**
 * The same store for who has no key: a sealed object is named as such, instead of as one whose bytes are
 * wrong. Costs nothing, for it looks at what is read anyway.
 *
 * @throws besides what the store throws, `VAULT-SEALED` from the chunks of a body that is read from its start.
 */
export function refuseSealed(store: ObjectStore): ObjectStore {
  return {
    ...delegating(store),
    get: async (key, options = {}) => {
      const { stat, chunks } = await store.get(key, options);
      const isFromStart = (options.range?.start ?? 0) === 0;
      return { stat, chunks: isFromStart ? refusing(key, chunks) : chunks };
    },
  };
}

async function* refusing(
  key: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { start, rest, stop } = await startReading(chunks, MAGIC.byteLength);
  if (beginningOf(start) === 'sealed') {
    await stop();
    throw sealed(key);
  }
  if (start.byteLength > 0) yield start;
  yield* rest;
}
