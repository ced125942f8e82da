import type { ClusterPlace } from '../../ports/cluster-place.ts';
import type { InPlaceJournal } from './in-place-journal.ts';

/** The journal of a recovery under way. */
export interface JournalKeeper {
  current(): InPlaceJournal;
  /** Durable once resolved. */
  note(changes: Partial<InPlaceJournal>): Promise<void>;
}

/** Keeps `journal` beside the data directory of `place`; written with the first change. */
export function keepJournal(journal: InPlaceJournal, place: ClusterPlace): JournalKeeper {
  let current = journal;
  return {
    current: () => current,
    note: async (changes) => {
      const next = { ...current, ...changes };
      await place.writeJournal(next);
      current = next;
    },
  };
}
