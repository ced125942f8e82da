import { occurrenceId } from '../contract/deployed-names.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import type { AppliedRecord } from './applied-record.ts';
import { mergeRanges } from './apply/agreement.ts';
import { newestUndone, readApplied } from './apply/read-decisions.ts';
import type { WalRange } from './read-gone-wal.ts';
import { withoutRanges } from './without-ranges.ts';

/** What applied plans have let go, nobody undid, and no later plan kept: what is missing of it was meant to. */
export interface LetGoSoFar {
  /** Folders below `base/`. */
  readonly backups: ReadonlySet<string>;
  readonly wal: readonly WalRange[];
}

/** Which applied records count. */
export interface LetGoOptions extends CallOptions {
  /** Only those after this moment. @default - all that nobody undid */
  readonly since?: Date | undefined;
}

/**
 * Reads what is let go as things stand.
 *
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT` when one of the records cannot be read.
 */
export async function readLetGo(
  store: ObjectStore,
  lineage: Lineage,
  { since, signal }: LetGoOptions = {},
): Promise<LetGoSoFar> {
  const undoneAt = await newestUndone(store, lineage, { signal });
  const after =
    since === undefined ? undefined : lineage.keys.retention.applied(occurrenceId(since));
  const heads = await Array.fromAsync(
    store.list(lineage.keys.retention.appliedPrefix, { signal, after }),
  );
  return letGoBy(await readApplied(store, heads, { signal }), undoneAt, lineage);
}

/** What `applied`, oldest first, have let go as things stand. */
export function letGoBy(
  applied: readonly AppliedRecord[],
  undoneAt: Date | undefined,
  { identity: { segmentBytes } }: Pick<Lineage, 'identity'>,
): LetGoSoFar {
  const backups = new Set<string>();
  let wal: readonly WalRange[] = [];
  for (const record of applied) {
    // Somebody wants back what was undone: as long as it is hidden, or gone, that is to be told.
    if (undoneAt !== undefined && record.at <= undoneAt) continue;
    for (const id of record.backups) backups.add(id);
    wal = mergeRanges([...wal, ...record.wal]);
    if (record.kept === undefined) continue;
    for (const id of record.kept.backups) backups.delete(id);
    wal = withoutRanges(wal, record.kept.wal, segmentBytes);
  }
  return { backups, wal };
}
