import { Event } from '../contract/events.ts';
import type { Log } from '../ports/log.ts';
import type { HiddenObject } from '../ports/object-store.ts';

/** What a recovery read although delete markers hide it. */
export interface HiddenReads {
  readonly onHidden: (hidden: HiddenObject) => void;
  /** What an operator should know of it, if there was any. */
  readonly notes: () => readonly string[];
}

/** Starts with none. */
export function hiddenReads(log: Log): HiddenReads {
  const keys = new Set<string>();
  return {
    onHidden: ({ key }) => {
      if (keys.has(key)) return;
      keys.add(key);
      log.warn(Event.RESTORE_HIDDEN_READ, { object_key: key });
    },
    notes: () => {
      const [first] = keys;
      if (first === undefined) return [];
      const what =
        keys.size === 1 ? `${first} was` : `${keys.size} objects, such as ${first}, were`;
      return [
        `${what} read in spite of a delete marker: bring back what is hidden with "holdfast undelete" before it is removed for good`,
      ];
    },
  };
}
