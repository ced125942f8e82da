import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { lineageKeys } from '../../../../lib/core/contract/key-layout.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../../../lib/core/ports/clock.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import type { WalArchive } from '../../../../lib/core/restore/wal/fetch-wal.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { parseSegment } from '../../../../lib/core/wal/segment.ts';

const SEGMENT_BYTES = 1024 * 1024;
const PAGE_BYTES = 8192;
const MAGIC_OF_15 = 0xd110;
const LONG_HEADER = 0x0002;

export const IDENTITY = {
  cluster: 'demo',
  systemIdentifier: '7',
  major: 15,
  segmentBytes: SEGMENT_BYTES,
  createdAt: new Date(0),
};

/** Does not wait, but lets others run. */
export const testClock: Clock = {
  now: () => new Date(0),
  elapsedMs: () => 0,
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};

/** A segment of PostgreSQL 15 whose first page is there and whose others are zero. */
export function emptySegment(name: string, systemIdentifier = 7n): Uint8Array {
  const { timeline, startLsn } = parseSegment(name, SEGMENT_BYTES);
  const bytes = Buffer.alloc(SEGMENT_BYTES);
  bytes.writeUInt16LE(MAGIC_OF_15, 0);
  bytes.writeUInt16LE(LONG_HEADER, 2);
  bytes.writeUInt32LE(timeline, 4);
  bytes.writeBigUInt64LE(startLsn, 8);
  bytes.writeBigUInt64LE(systemIdentifier, 24);
  bytes.writeUInt32LE(SEGMENT_BYTES, 32);
  bytes.writeUInt32LE(PAGE_BYTES, 36);
  return bytes;
}

/** An archive in memory that holds the named segments. */
export async function archiveOf(names: readonly string[]): Promise<WalArchive> {
  const store = new MemoryObjectStore();
  const keys = lineageKeys(IDENTITY);
  for (const name of names)
    await putSealed(store, keys.wal(name), emptySegment(name), { epoch: 1 });
  return { store, lineage: { id: IDENTITY, identity: IDENTITY, keys }, clock: testClock };
}

/** `store`, whose first `refusals` reads fail because it cannot be reached. */
export function refusingStore(store: ObjectStore, refusals: number): ObjectStore {
  let left = refusals;
  return new Proxy(store, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property);
      if (property !== 'get') return typeof value === 'function' ? value.bind(target) : value;
      return async (...args: Parameters<ObjectStore['get']>) => {
        left -= 1;
        if (left >= 0) throw new OpsError('STORE-UNAVAILABLE', 'the store is away');
        return target.get(...args);
      };
    },
  });
}
