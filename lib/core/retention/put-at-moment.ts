import type { z } from 'zod';
import { isOpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { putRecord } from '../store/record.ts';

/** What is put under an id of its own. */
export interface MomentRecord<S extends z.ZodObject> {
  readonly schema: S;
  readonly keyOf: (id: string) => string;
  readonly recordOf: (id: string) => z.output<S>;
}

/** Of whoever decides what is kept: it is no writer of the archive. */
const EPOCH = 0;

/**
 * Id of a moment to the millisecond; sorts by time.
 *
 * @example momentId(new Date('2026-12-01T01:02:03.004Z')) // '20261201T010203004Z'
 */
export function momentId(at: Date): string {
  return at.toISOString().replaceAll(/[-:.]/g, '');
}

/** Puts a write-once record under the id of `at`, or of the next millisecond that nobody had. */
export async function putAtMoment<S extends z.ZodObject>(
  store: ObjectStore,
  at: Date,
  { schema, keyOf, recordOf }: MomentRecord<S>,
  options: CallOptions = {},
): Promise<z.output<S>> {
  for (let moment = at; ; moment = new Date(moment.getTime() + 1)) {
    const id = momentId(moment);
    const record = recordOf(id);
    try {
      await putRecord(store, keyOf(id), schema, record, { epoch: EPOCH, ...options });
      return record;
    } catch (error) {
      if (!isOpsError(error, 'WAL-CONFLICT')) throw error;
    }
  }
}
