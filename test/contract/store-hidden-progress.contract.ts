import { expect, test } from 'vitest';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import { fill, type OpenStore } from './store-helpers.ts';

/** How far one look came that stops as soon as it is told of a key. */
interface Look {
  readonly found: readonly string[];
  readonly upTo: string | undefined;
  readonly isDone: boolean;
}

/** What every adapter says while it looks for what is hidden. */
export function hiddenProgressContract(
  open: OpenStore,
  hide: (store: ObjectStore, key: string) => Promise<void>,
): void {
  test('say how far they were looked for, and nothing is lost on who stops there', async () => {
    const store = await open();
    await fill(store, ['a', 'b', 'c', 'd']);
    for (const key of ['b', 'd']) await hide(store, key);
    const found: string[] = [];
    let look: Look = { found, upTo: undefined, isDone: false };
    for (let looks = 0; !look.isDone && looks < 9; looks += 1) {
      look = await lookOnce(store, look.upTo);
      found.push(...look.found);
    }
    expect({ isDone: look.isDone, found }).toEqual({ isDone: true, found: ['b', 'd'] });
  });
}

async function lookOnce(store: ObjectStore, after: string | undefined): Promise<Look> {
  const stop = new AbortController();
  const found: string[] = [];
  let upTo = after;
  const onLooked = (key: string | undefined): void => {
    if (stop.signal.aborted) return;
    upTo = key;
    stop.abort();
  };
  const options = { after, onLooked, signal: stop.signal };
  try {
    for await (const { key } of store.hidden('', options)) found.push(key);
    return { found, upTo, isDone: true };
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
    return { found, upTo, isDone: false };
  }
}
