import type { CallOptions } from '../../ports/object-store.ts';
import type { IndexedArchive } from '../../wal/index/read-index.ts';
import { type EventFilter, walkEvents } from '../../wal/index/walk-events.ts';
import type { Lsn } from '../../wal/lsn.ts';
import type { ServerLimits } from '../../wal/wal-event.ts';
import { neededSegments } from './needed-segments.ts';
import type { CreatedTablespace, PlacedTarget } from './placed-target.ts';

/** What a replay meets on its way. */
export interface ForeseenReplay {
  /** Tablespaces made since the backup began, in order. */
  readonly createdTablespaces: readonly CreatedTablespace[];
  /** The highest of each, of those that servers were started with since. */
  readonly limits: ServerLimits;
  /** Archived segments that were read to know it, for want of an index; more than 1,024 are not counted. */
  readonly unindexed: number;
}

/**
 * What a recovery to `placed` meets while it replays, up to the point where it stops.
 *
 * @throws {@link OpsError} as {@link walkEvents}.
 */
export async function foreseeReplay(
  archive: IndexedArchive,
  placed: PlacedTarget,
  options: CallOptions = {},
): Promise<ForeseenReplay> {
  const { startLsn } = placed.window.backup;
  const endLsn = replayEnd(placed);
  const filter: EventFilter = {
    mayHold: () => false,
    isWanted: ({ kind, lsn }) =>
      (kind === 'tablespace' || kind === 'limits') &&
      lsn >= startLsn &&
      (endLsn === undefined || lsn < endLsn),
  };
  const createdTablespaces: CreatedTablespace[] = [];
  let limits: ServerLimits = {};
  for await (const event of walkEvents(archive, neededSegments(placed), filter, options)) {
    if (event.kind === 'limits') limits = highest(limits, event.limits);
    if (event.kind !== 'tablespace') continue;
    const { oid, location, lsn } = event;
    createdTablespaces.push({ oid: String(oid), location, lsn });
  }
  return { createdTablespaces, limits, unindexed: archive.made?.size ?? 0 };
}

/** Records that begin there or later are not replayed; `undefined` when all are. */
function replayEnd({ window, stopAt, stop }: PlacedTarget): Lsn | undefined {
  // It stops before the first record at which the copy is consistent.
  return stopAt.kind === 'immediate' ? window.backup.stopLsn : stop?.stopLsn;
}

function highest(limits: ServerLimits, others: ServerLimits): ServerLimits {
  const raised = Object.entries(others).map(([name, value]) => [
    name,
    Math.max(limits[name] ?? 0, value),
  ]);
  return { ...limits, ...Object.fromEntries(raised) };
}
