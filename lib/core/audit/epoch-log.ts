import type { LineageKeys } from '../contract/key-layout.ts';
import type { Finding } from './verify-report.ts';

/** Writer epochs met while a store was read. */
export interface EpochLog {
  /** The object at `key` is there; `archivedBy` is the epoch it carries, if it is of the archive. */
  add(key: string, archivedBy: number | undefined): void;
  /** Records that must be there and are not: without one, a writer that was fenced could go on. */
  missing(): readonly Finding[];
}

/** The log of a lineage is consecutive from 1, and whoever archived anything stands in it. */
export function epochLog(keys: LineageKeys): EpochLog {
  const recorded = new Set<number>();
  const archived = new Set<number>();
  return {
    add: (key, archivedBy) => {
      if (archivedBy !== undefined) archived.add(archivedBy);
      const epoch = key.startsWith(keys.writerPrefix)
        ? Number.parseInt(key.slice(keys.writerPrefix.length), 10)
        : 0;
      if (key === keys.writer(epoch)) recorded.add(epoch);
    },
    missing: () => {
      const firstHole = [...recorded]
        .toSorted((a, b) => a - b)
        .findIndex((epoch, i) => epoch !== i + 1);
      const wanted = new Set(firstHole === -1 ? archived : [firstHole + 1, ...archived]);
      return [...wanted]
        .filter((epoch) => !recorded.has(epoch))
        .map((epoch) => ({
          code: 'STORE-ABSENT',
          object: keys.writer(epoch),
          detail: `the record of writer epoch ${epoch} is missing: the log is consecutive, and holds every epoch that archived`,
        }));
    },
  };
}
