import { IdentityRecord, WriterRecord } from '../store/records.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { decodeLease } from '../store/lease.ts';
import type { Lineage } from '../store/lineage.ts';
import { gather } from '../store/gather.ts';
import { getRecord } from '../store/record.ts';
import { getSealed } from '../store/sealed-object.ts';
import { isOfHoldfast, recordAt } from './known-places.ts';
import { readGapObject } from './read-gap-object.ts';

/** Where an object lies. */
interface Place {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
}

/** How an object is read. */
export interface ReadOptions {
  /** Read the bytes too; small records are always read. */
  readonly deep: boolean;
  /** Objects, or frames of one, at once. */
  readonly parallel: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Proves one object of a lineage that is neither of the archive nor of a backup, and that it lies
 * where it belongs.
 *
 * @returns the epoch of the writer that kept it, for a segment that was kept behind a gap.
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT`; `STORE-KEY` for an object that nothing
 *   explains.
 */
export async function readObject(
  { store, lineage }: Place,
  key: string,
  options: ReadOptions,
): Promise<number | undefined> {
  const { keys } = lineage;
  const { signal } = options;
  if (key === keys.identity) {
    await getRecord(store, key, IdentityRecord, { signal });
  } else if (key.startsWith(keys.writerPrefix)) {
    const { epoch } = await getRecord(store, key, WriterRecord, { signal });
    if (key !== keys.writer(epoch)) throw misplaced(key, `is the record of epoch ${epoch}`);
  } else if (key.startsWith(keys.gapPrefix)) {
    return readGapObject({ store, lineage }, key, options);
  } else if (key.startsWith(`${keys.prefix}lease/`)) {
    decodeLease(await gather(await store.get(key, { signal })), key);
  } else if (key.startsWith(keys.tailPrefix) && isOfHoldfast(keys, key)) {
    if (options.deep) await getSealed(store, key, { signal });
  } else {
    const schema = recordAt(keys, key);
    if (schema === undefined) throw unexplained(key, 'is nothing that Holdfast stores');
    await getRecord(store, key, schema, { signal });
  }
  return undefined;
}

/** An object that is whole but lies under the key of another. */
function misplaced(key: string, what: string): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} ${what}`, {
    hint: 'objects were copied to a place where they do not belong: see where the store came from',
    details: { object: key },
  });
}

/** An object that is nothing's, and may be anybody's. */
export function unexplained(key: string, what: string): OpsError {
  return new OpsError('STORE-KEY', `${key} ${what}`, {
    hint: 'find out who put it there; Holdfast leaves it alone',
    details: { key },
  });
}
