import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { withDeadlines } from '../../../../lib/core/adapters/store/with-deadlines.ts';
import type {
  HiddenOptions,
  ObjectBody,
  ObjectStat,
} from '../../../../lib/core/ports/object-store.ts';
import { codeOf, fill, readBody, sourceOf } from '../../../contract/store-helpers.ts';

const DEADLINES = { callMs: 100, idleMs: 100, graceMs: 50 };
const NEVER = new Promise<never>(() => undefined);

/** Hangs without heeding any signal, as a file system can that waits for a server. */
class HangingStore extends MemoryObjectStore {
  override async head(): Promise<ObjectStat | undefined> {
    return NEVER;
  }

  override async get(key: string): Promise<ObjectBody> {
    const { stat } = await super.get(key);
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some');
      yield await NEVER;
    };
    return { stat, chunks: chunks() };
  }

  override async putStream(_: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    await Array.fromAsync(chunks);
    return NEVER;
  }
}

describe('a store that hangs', () => {
  test('ends a small call after its deadline', async () => {
    const store = withDeadlines(new HangingStore(), DEADLINES);
    expect(await codeOf(store.head('a'))).toBe('STORE-TIMEOUT');
  });

  test('ends a read that gives no more bytes', async () => {
    const hanging = new HangingStore();
    await fill(hanging, ['a']);
    const store = withDeadlines(hanging, DEADLINES);
    expect(await codeOf(readBody(await store.get('a')))).toBe('STORE-TIMEOUT');
  });

  test('ends a streamed put that takes no more bytes', async () => {
    const store = withDeadlines(new HangingStore(), DEADLINES);
    expect(await codeOf(store.putStream('a', sourceOf(Buffer.from('a'))))).toBe('STORE-TIMEOUT');
  });

  test('lets its caller go by a signal', async () => {
    const store = withDeadlines(new HangingStore(), { ...DEADLINES, callMs: 60_000 });
    const reason = new Error('shutting down');
    const ending = new AbortController();
    setImmediate(() => ending.abort(reason));
    await expect(store.head('a', { signal: ending.signal })).rejects.toBe(reason);
  });
});

describe('a deadline', () => {
  const slowly = async function* (): AsyncGenerator<Uint8Array> {
    for (const text of ['a', 'b', 'c']) {
      await sleep(DEADLINES.idleMs);
      yield Buffer.from(text);
    }
  };

  test('stands still while the source of a put is slow', async () => {
    const store = withDeadlines(new MemoryObjectStore(), DEADLINES);
    expect(await store.putStream('a', slowly())).toBe(3);
  });

  test('stays away from who looks for what is hidden, as long as the looking goes on', async () => {
    class Searching extends MemoryObjectStore {
      override async *hidden(prefix: string, options: HiddenOptions = {}) {
        for (let page = 0; page < 5; page += 1) {
          await sleep(DEADLINES.callMs / 2);
          options.signal?.throwIfAborted();
          options.onLooked?.(`page-${page}`);
        }
        yield* super.hidden(prefix, options);
      }
    }
    const looked: (string | undefined)[] = [];
    const store = withDeadlines(new Searching(), DEADLINES);
    const options = { onLooked: (upTo: string | undefined) => looked.push(upTo) };
    expect(await Array.fromAsync(store.hidden('', options))).toEqual([]);
    expect(looked).toEqual(['page-0', 'page-1', 'page-2', 'page-3', 'page-4']);
  });

  test('stands still while the reader of an object is slow', async () => {
    const memory = new MemoryObjectStore();
    await memory.putStream('a', sourceOf(Buffer.alloc(3 * 1024 * 1024)));
    const store = withDeadlines(memory, DEADLINES);
    const { chunks } = await store.get('a');
    let bytes = 0;
    for await (const chunk of chunks) {
      await sleep(DEADLINES.idleMs);
      bytes += chunk.byteLength;
    }
    expect(bytes).toBe(3 * 1024 * 1024);
  });

  test('keeps what a call came to before it was told to end', async () => {
    const store = withDeadlines(new MemoryObjectStore(), DEADLINES);
    const ending = new AbortController();
    const put = store.replace('a', Buffer.from('a'), { ifMatch: undefined, signal: ending.signal });
    ending.abort(new Error('too late'));
    expect(await put).toBe((await store.head('a'))?.etag);
  });
});
