import { isOpsError, type OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import { isOutage, type Rest, restAfter } from './rest.ts';

/** What failed during a shipping run, and what therefore has to wait. */
export interface Setbacks {
  /** Whether the store as a whole failed a moment ago, so that nothing is tried. */
  isOutage(): boolean;
  /** Names that rest before they are tried again. */
  resting(): readonly string[];
  /**
   * Whether the store has other bytes under an earlier name of the same timeline. What follows there
   * belongs to this history: stored behind the other's, it would look continuous and replay would end
   * in between.
   */
  isBehindConflict(name: string): boolean;
  /**
   * Notes a failure.
   *
   * @returns how often that file, or the store, has failed in a row.
   */
  add(name: string, error: OpsError): number;
  /** Forgets the failures of a file that is shipped, or is wanted no more. */
  clear(name: string): void;
  /** The store took a file: it is no longer out. */
  endOutage(): void;
  /** The last failure of each file that still waits. */
  failures(): ReadonlyMap<string, OpsError>;
}

/** @param onlyOnce - whether what failed once rests for good, because the run ends with it. */
export function noSetbacks(clock: Clock, onlyOnce: boolean): Setbacks {
  const rests = new Map<string, Rest>();
  const conflicts = new Set<string>();
  let outage: Rest | undefined;
  const isResting = (rest: Rest | undefined): boolean =>
    rest !== undefined && (onlyOnce || rest.until > clock.elapsedMs());
  return {
    isOutage: () => isResting(outage),
    resting: () => [...rests].filter(([, rest]) => isResting(rest)).map(([name]) => name),
    isBehindConflict: (name) =>
      [...conflicts].some((one) => name.slice(0, 8) === one.slice(0, 8) && name > one),
    add: (name, error) => {
      const now = clock.elapsedMs();
      if (isOpsError(error, 'WAL-CONFLICT')) conflicts.add(name);
      if (!isOutage(error)) {
        const rest = restAfter(error, rests.get(name), now);
        rests.set(name, rest);
        return rest.attempts;
      }
      // Those that were in flight together count as one attempt.
      if (outage === undefined || outage.until <= now) outage = restAfter(error, outage, now);
      rests.set(name, outage);
      return outage.attempts;
    },
    clear: (name) => {
      rests.delete(name);
      conflicts.delete(name);
    },
    endOutage: () => {
      outage = undefined;
    },
    failures: () => new Map([...rests].map(([name, { error }]) => [name, error])),
  };
}
