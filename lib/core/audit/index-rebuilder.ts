import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { putIndex } from '../wal/index/put-index.ts';
import { readSegment } from '../wal/index/read-index.ts';
import { type Finding, findingFrom } from './verify-report.ts';

/** What became of the indexes that were missing. */
export interface RebuiltIndexes {
  readonly rebuilt: number;
  /** The store would not take them. */
  readonly missing: number;
}

/** Makes indexes that segments lack. */
export interface IndexRebuilder {
  /**
   * Makes the index of the segment `name`.
   *
   * @returns what is wrong with the segment, if it cannot be read.
   */
  rebuild(name: string): Promise<readonly Finding[]>;
  result(): RebuiltIndexes;
}

/** A rebuilder that stops to read segments once the store refused an index: it would refuse them all. */
export function indexRebuilder(
  store: ObjectStore,
  lineage: Lineage,
  { signal }: CallOptions,
): IndexRebuilder {
  let rebuilt = 0;
  let missing = 0;
  const isTaken = async (name: string): Promise<boolean> => {
    const { plain, stat } = await readSegment({ store, lineage }, name, { signal });
    const epoch = stat.metadata?.epoch ?? 0;
    return (await putIndex({ store, lineage }, name, plain, { epoch, signal })) === undefined;
  };
  return {
    rebuild: async (name) => {
      try {
        const isStored = missing === 0 && (await isTaken(name));
        if (isStored) rebuilt += 1;
        else missing += 1;
        return [];
      } catch (error) {
        return [findingFrom(error, lineage.keys.wal(name))];
      }
    },
    result: () => ({ rebuilt, missing }),
  };
}
