import type { z } from 'zod';
import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { getRecord, putRecord } from '../store/record.ts';

/** A write-once record as it stands, and whether it was put just now. */
export interface PutOnce<R> {
  readonly record: R;
  readonly isNew: boolean;
}

/** Of functions: they are no writers of the archive. */
const EPOCH = 0;

/**
 * Puts a write-once record, or reads the one that was there before: of several that put, one is first.
 *
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT`, and the store's own.
 */
export async function putOnce<S extends z.ZodObject>(
  store: ObjectStore,
  key: string,
  schema: S,
  record: z.output<S>,
  options: CallOptions = {},
): Promise<PutOnce<z.output<S>>> {
  try {
    const put = await putRecord(store, key, schema, record, { ...options, epoch: EPOCH });
    return { record, isNew: put === 'created' };
  } catch (error) {
    if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
    return { record: await getRecord(store, key, schema, options), isNew: false };
  }
}

/** A record; `undefined` when it is proven absent. */
export async function findRecord<S extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: S,
  options: CallOptions = {},
): Promise<z.output<S> | undefined> {
  try {
    return await getRecord(store, key, schema, options);
  } catch (error) {
    if (isOpsError(error, 'STORE-ABSENT')) return undefined;
    throw error;
  }
}
