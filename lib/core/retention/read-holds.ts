import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { isDamaged } from '../store/damaged.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { HoldRecord, HoldRelease } from './hold-record.ts';
import type { Holds } from './plan/retention-facts.ts';

const RELEASE = '-release.json';
const RECORD = '.json';

/**
 * Holds that nobody released. A damaged record holds everything, and a damaged release ends nothing.
 *
 * @throws {@link OpsError} the store's own, when it cannot be reached.
 */
export async function readHolds(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<Holds> {
  const standing: HoldRecord[] = [];
  const damaged: string[] = [];
  const keys: string[] = [];
  for await (const { key } of store.list(lineage.keys.holdPrefix, options)) keys.push(key);
  for (const key of keys) {
    if (key.endsWith(RELEASE) || !key.endsWith(RECORD)) continue;
    const id = key.slice(lineage.keys.holdPrefix.length, -RECORD.length);
    const hold = await readable(getRecord(store, key, HoldRecord, options));
    const isReleased =
      keys.includes(lineage.keys.holdRelease(id)) &&
      (await readable(getRecord(store, lineage.keys.holdRelease(id), HoldRelease, options)))?.id ===
        id;
    if (isReleased) continue;
    if (hold?.id === id) standing.push(hold);
    else damaged.push(key);
  }
  return { standing, damaged };
}

/** `undefined` for a record that is damaged, or of a newer format. */
async function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isDamaged(error) || isOpsError(error, 'STORE-FORMAT')) return undefined;
    throw error;
  }
}
