import { type ArchiveObject, archiveObjects } from '../catalog/archive-listing.ts';
import type { CallOptions, ObjectHead, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';

/** An object below `wal-index/`. */
export interface IndexObject {
  readonly head: ObjectHead;
  /** Name of the segment it is of. */
  readonly name: string;
  /** Whether no segment's index lies at such a place. */
  readonly isStranger: boolean;
}

/** A segment and its index, or whatever is there by itself. */
export interface ArchiveRow {
  readonly file?: ArchiveObject;
  readonly index?: IndexObject;
}

/** Lists `wal/` and `wal-index/` side by side: names come in the same order in each. */
export async function* archiveRows(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions,
): AsyncGenerator<ArchiveRow, undefined> {
  const indexes = indexObjects(store, lineage, options);
  let index = await indexes.next();
  for await (const file of archiveObjects(store, lineage, options)) {
    if (file.kind !== 'segment') {
      yield { file };
      continue;
    }
    while (index.done !== true && (index.value.isStranger || index.value.name < file.name)) {
      yield { index: index.value };
      index = await indexes.next();
    }
    if (index.done !== true && index.value.name === file.name) {
      yield { file, index: index.value };
      index = await indexes.next();
    } else {
      yield { file };
    }
  }
  for (; index.done !== true; index = await indexes.next()) yield { index: index.value };
  return undefined;
}

async function* indexObjects(
  store: ObjectStore,
  { keys }: Lineage,
  options: CallOptions,
): AsyncGenerator<IndexObject, undefined> {
  for await (const head of store.list(keys.walIndexPrefix, options)) {
    const name = head.key.slice(head.key.lastIndexOf('/') + 1, -'.json'.length);
    yield { head, name, isStranger: head.key !== keys.walIndex(name) };
  }
  return undefined;
}
