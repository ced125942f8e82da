import { occurrenceId } from '../../contract/deployed-names.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import { isDamaged } from '../../store/damaged.ts';
import type { Lineage } from '../../store/lineage.ts';
import { getRecord } from '../../store/record.ts';
import type { z } from 'zod';

/** The newest record of one kind that can be read. */
export interface NewestAudit<R> {
  readonly record: R | undefined;
  /** Key of the newest one that is newer and damaged, or of a newer format. */
  readonly unreadable: string | undefined;
}

/** Older ones are no use: what they say was long overtaken. */
const LOOK_BACK_MS = 60 * 86_400_000;
/** So much another machine's clock may be ahead; what is later still would be the newest for ever. */
const AHEAD_MS = 5 * 60_000;
/** Each is a day's, or an hour's: behind more than these there is nothing worth going on from. */
const MOST_UNREADABLE = 5;
/** Of audits of the archive that come along to its copy, and say nothing of it; more than a day's. */
const MOST_OF_ELSEWHERE = 48;

/** What a record says of the store that was looked at. */
interface Placed {
  readonly store?: string | undefined;
}

/** What ends the keys of each kind below `audit/`. */
export const AuditKind = { ARCHIVE: '', HASH: '-hash' } as const;
/** One of {@link AuditKind}. */
export type AuditKind = (typeof AuditKind)[keyof typeof AuditKind];

/**
 * Reads the newest record of `kind` that is about this store, at the cost of a short listing. In the place of
 * one that cannot be read goes the one before it.
 */
export async function newestAudit<S extends z.ZodType<Placed>>(
  store: ObjectStore,
  { keys }: Lineage,
  { kind, schema, now }: { readonly kind: AuditKind; readonly schema: S; readonly now: Date },
  { signal }: CallOptions = {},
): Promise<NewestAudit<z.output<S>>> {
  const after = keys.audit(occurrenceId(new Date(now.getTime() - LOOK_BACK_MS)));
  const shape = new RegExp(`/(\\d{8}T\\d{6}Z)${kind}\\.json$`);
  const last = occurrenceId(new Date(now.getTime() + AHEAD_MS));
  const found: string[] = [];
  for await (const { key } of store.list(keys.auditPrefix, { signal, after })) {
    const id = shape.exec(key)?.[1];
    if (id !== undefined && id <= last) found.push(key);
  }
  const unreadable: string[] = [];
  for (const key of found.slice(-MOST_OF_ELSEWHERE).toReversed()) {
    try {
      const record = await getRecord(store, key, schema, { signal });
      if (isOfHere(record, store)) return { record, unreadable: unreadable[0] };
    } catch (error) {
      if (!isDamaged(error) && !isOpsError(error, 'STORE-FORMAT')) throw error;
      unreadable.push(key);
      if (unreadable.length === MOST_UNREADABLE) break;
    }
  }
  return { record: undefined, unreadable: unreadable[0] };
}

/** Whether a record is about this store; it may have come along from the archive that this one is a copy of. */
export function isOfHere({ store: looked }: Placed, { url }: ObjectStore): boolean {
  return looked === undefined || looked === url;
}
