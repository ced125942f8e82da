import type { ObjectHead, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import type { CallOptions } from '../../ports/object-store.ts';

/**
 * Everything that lies in the folders of `timelines`: segments and what belongs to them, one timeline
 * after the other, listed lazily.
 */
export async function* timelineObjects(
  store: ObjectStore,
  { keys }: Lineage,
  timelines: readonly string[],
  options: CallOptions = {},
): AsyncGenerator<ObjectHead, void, undefined> {
  for (const timeline of timelines) {
    for (const prefix of [keys.walPrefix, keys.walIndexPrefix, keys.tailPrefix]) {
      yield* store.list(`${prefix}${timeline}/`, options);
    }
  }
}

/** The segment that an object of {@link timelineObjects} is or belongs to; a history has none. */
export function segmentOfKey(key: string): string | undefined {
  return /(?<=\/)[0-9A-F]{24}(?=[./])/.exec(key)?.[0];
}

/** Folder names of the timelines in which segments lie, each once, in order. */
export function timelineFolders(segments: readonly string[]): readonly string[] {
  return [...new Set(segments.map((name) => name.slice(0, 8)))].toSorted();
}
