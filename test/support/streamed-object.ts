import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';

/**
 * A process that streams an object of some MiB into a store, reads it again, and prints the most memory
 * that it ever had, in MiB.
 *
 * Usage: node streamed-object.ts URL MEBIBYTES
 */
const [, , url = '', mebibytes = '0'] = process.argv;
const MEBIBYTE = 1024 * 1024;
const KEY = 'orders/1-15/base/20261122T010203Z-1-2/part-00001.tar.zst';

async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) yield Buffer.alloc(MEBIBYTE, index);
}

const store = await openObjectStore(url);
await store.putStream(KEY, chunks(Number(mebibytes)));
let read = 0;
for await (const chunk of (await store.get(KEY)).chunks) read += chunk.byteLength;
if (read !== Number(mebibytes) * MEBIBYTE) throw new Error(`${read} bytes came back`);
process.stdout.write(String(Math.ceil(process.resourceUsage().maxRSS / 1024)));
