import { OpsError } from '../errors/ops-error.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { getRecord } from '../store/record.ts';
import { GapAnchor, GapRecord } from '../store/records.ts';
import { getSealed } from '../store/sealed-object.ts';
import { sha256 } from '../store/sha256.ts';
import type { ReadOptions } from './read-object.ts';

/** A gap's id, then what lies below it: nothing for its record, its anchor, or a kept segment. */
const BELOW = /^(?<id>[0-9A-F]{24}-[a-z]+)(?:(?<anchor>-anchor)?\.json|\/(?<name>[^/.]+)\.[^/]+)$/;

/**
 * Proves one object under `gap/`: the record of a gap, its anchor, or a segment that was kept there;
 * the last only with `deep`.
 *
 * @returns the epoch of the writer that kept a segment.
 * @throws {@link OpsError} `STORE-CORRUPT`, `STORE-FORMAT`; `STORE-KEY` for what nothing explains.
 */
export async function readGapObject(
  { store, lineage }: { readonly store: ObjectStore; readonly lineage: Lineage },
  key: string,
  { deep, signal }: ReadOptions,
): Promise<number | undefined> {
  const { keys } = lineage;
  const { id, anchor, name } = BELOW.exec(key.slice(keys.gapPrefix.length))?.groups ?? {};
  if (id === undefined) throw unexplained(key);
  if (name !== undefined) {
    if (!deep) return undefined;
    const { plain, stat } = await getSealed(store, key, { signal });
    if (key !== keys.gapSegment(id, name, sha256(plain))) throw misplaced(key);
    return stat.metadata?.epoch;
  }
  const named =
    anchor === undefined
      ? (await getRecord(store, key, GapRecord, { signal })).id
      : (await getRecord(store, key, GapAnchor, { signal })).gapId;
  if (named !== id) throw misplaced(key);
  return undefined;
}

function misplaced(key: string): OpsError {
  return new OpsError('STORE-CORRUPT', `${key} is not what its name says`, {
    hint: 'objects were copied to a place where they do not belong: see where the store came from',
    details: { object: key },
  });
}

function unexplained(key: string): OpsError {
  return new OpsError('STORE-KEY', `${key} is nothing that Holdfast stores`, {
    hint: 'find out who put it there; Holdfast leaves it alone',
    details: { key },
  });
}
