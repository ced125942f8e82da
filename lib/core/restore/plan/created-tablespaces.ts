import type { CallOptions } from '../../ports/object-store.ts';
import type { IndexedArchive } from '../../wal/index/read-index.ts';
import { type EventFilter, walkEvents } from '../../wal/index/walk-events.ts';
import { neededSegments } from './needed-segments.ts';
import type { CreatedTablespace, PlacedTarget } from './placed-target.ts';

/**
 * The tablespaces that a recovery to `placed` would create while it replays, in order: those made
 * since the backup began, up to the point where it stops.
 *
 * @throws {@link OpsError} as {@link walkEvents}.
 */
export async function createdTablespaces(
  archive: IndexedArchive,
  placed: PlacedTarget,
  options: CallOptions = {},
): Promise<readonly CreatedTablespace[]> {
  const { startLsn } = placed.window.backup;
  const stopLsn = placed.stop?.stopLsn;
  const filter: EventFilter = {
    mayHold: () => false,
    isWanted: ({ kind, lsn }) =>
      kind === 'tablespace' && lsn >= startLsn && (stopLsn === undefined || lsn < stopLsn),
  };
  const created: CreatedTablespace[] = [];
  for await (const event of walkEvents(archive, neededSegments(placed), filter, options)) {
    if (event.kind !== 'tablespace') continue;
    created.push({ oid: String(event.oid), location: event.location, lsn: event.lsn });
  }
  return created;
}
