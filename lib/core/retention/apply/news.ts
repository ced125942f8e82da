import type { CallOptions, ObjectStore } from '../../ports/object-store.ts';
import type { Lineage } from '../../store/lineage.ts';
import { readHolds } from '../read-holds.ts';
import { listUndone } from './read-decisions.ts';

/** What somebody decides while a run is at work. */
export interface News {
  /** Whether something was undone. */
  readonly isUndone: () => Promise<boolean>;
  /** Whether something is held. */
  readonly isHeld: () => Promise<boolean>;
}

/** Begin before planning: what the plan may not have seen is news. */
export async function watchNews(
  store: ObjectStore,
  lineage: Lineage,
  undone: readonly string[],
  options: CallOptions = {},
): Promise<News> {
  const held = await holdNames(store, lineage, options);
  return {
    isUndone: async () => hasNew(await listUndone(store, lineage, options), undone),
    isHeld: async () => hasNew(await holdNames(store, lineage, options), held),
  };
}

async function holdNames(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions,
): Promise<readonly string[]> {
  const { standing, damaged } = await readHolds(store, lineage, options);
  return [...standing.map(({ id }) => id), ...damaged];
}

function hasNew(now: readonly string[], known: readonly string[]): boolean {
  return now.some((name) => !known.includes(name));
}
