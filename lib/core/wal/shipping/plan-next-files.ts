import { compareForArchiving, parseArchiveFile } from '../archive-file.ts';

/** What a shipper knows when it chooses what to ship next. */
export interface ShippingState {
  /** Names marked `.ready`. */
  readonly ready: readonly string[];
  /** Names that are durable in the store already. */
  readonly durable: ReadonlySet<string>;
  /** Names that failed a moment ago and rest before they are tried again. */
  readonly resting: ReadonlySet<string>;
  /** Names being shipped. */
  readonly inFlight: ReadonlySet<string>;
  /** Most files to ship at once. */
  readonly parallel: number;
}

/**
 * Files to start shipping now, in order.
 *
 * A `.history` goes alone, and no file of its timeline or a later one goes before it is durable:
 * whoever finds a segment of a timeline in the store must be able to find out where it came from.
 */
export function planNextFiles(state: ShippingState): readonly string[] {
  const { durable, resting, inFlight } = state;
  const free = state.parallel - inFlight.size;
  if (free <= 0 || [...inFlight].some(isHistory)) return [];
  const open = state.ready.filter((name) => !durable.has(name) && !inFlight.has(name));
  const barrier = open.filter(isHistory).toSorted()[0];
  const startable = open
    .filter((name) => !resting.has(name) && (name === barrier || !isBehind(name, barrier)))
    .toSorted(compareForArchiving);
  const [first] = startable;
  if (first === undefined) return [];
  if (first === barrier) return inFlight.size === 0 ? [first] : [];
  return startable.slice(0, free);
}

function isHistory(name: string): boolean {
  return name.endsWith('.history');
}

/** Whether `name` is of the timeline of `history` or a later one. */
function isBehind(name: string, history: string | undefined): boolean {
  return history !== undefined && timelineOf(name) >= timelineOf(history);
}

function timelineOf(name: string): number {
  return parseArchiveFile(name).timeline;
}
