import { occurrenceId } from '../../contract/deployed-names.ts';
import { isOpsError } from '../../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { getRecord } from '../../store/record.ts';
import type { z } from 'zod';

/** The newest record of one kind, or why it cannot be read. */
export interface NewestAudit<R> {
  readonly record: R | undefined;
  /** Key of a record that is damaged, or of a newer format. */
  readonly unreadable: string | undefined;
}

/** Older ones are no use: what they say was long overtaken. */
const LOOK_BACK_MS = 60 * 86_400_000;
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

/** Reads the newest record of `kind` that is about this store, at the cost of a short listing. */
export async function newestAudit<S extends z.ZodType<Placed>>(
  store: ObjectStore,
  { keys }: Lineage,
  { kind, schema, now }: { readonly kind: AuditKind; readonly schema: S; readonly now: Date },
  { signal }: CallOptions = {},
): Promise<NewestAudit<z.output<S>>> {
  const after = keys.audit(occurrenceId(new Date(now.getTime() - LOOK_BACK_MS)));
  const shape = new RegExp(`/\\d{8}T\\d{6}Z${kind}\\.json$`);
  const found: string[] = [];
  for await (const { key } of store.list(keys.auditPrefix, { signal, after })) {
    if (shape.test(key)) found.push(key);
  }
  for (const key of found.slice(-MOST_OF_ELSEWHERE).toReversed()) {
    try {
      const record = await getRecord(store, key, schema, { signal });
      if (isOfHere(record, store)) return { record, unreadable: undefined };
    } catch (error) {
      if (!isOpsError(error, 'STORE-CORRUPT') && !isOpsError(error, 'STORE-FORMAT')) throw error;
      return { record: undefined, unreadable: key };
    }
  }
  return { record: undefined, unreadable: undefined };
}

/** Whether a record is about this store; it may have come along from the archive that this one is a copy of. */
export function isOfHere({ store: looked }: Placed, { url }: ObjectStore): boolean {
  return looked === undefined || looked === url;
}
