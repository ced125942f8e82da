import type { CallOptions } from '../../ports/object-store.ts';
import type { IndexedArchive } from '../../wal/index/read-index.ts';
import { newestCandidate } from './choose-window.ts';
import { placeLsn } from './place-lsn.ts';
import { placeMark } from './place-mark.ts';
import { placeTime } from './place-time.ts';
import { LATEST, type PlacedTarget } from './placed-target.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import { assertExclusiveFits } from './target.ts';
import { behindEnd, outsideTime } from './window-refusals.ts';

/**
 * Finds the record at which a recovery will stop, and the newest restorable backup that ends before it
 * with continuous WAL in between. Reads indexes, and of segments at most those that hold the record.
 *
 * @throws {@link OpsError} `RESTORE-WINDOW` when no window holds the target, with the nearest points
 *   that can be reached; `RESTORE-TARGET` when it is nowhere to be found, lies on several timelines or
 *   several times on one, or its timeline has no history; `CATALOG-BACKUP` when the chosen backup does
 *   not exist; what reading a segment throws.
 */
export async function placeTarget(
  archive: IndexedArchive,
  request: RecoveryRequest,
  options: CallOptions = {},
): Promise<PlacedTarget> {
  const { target, choices } = request;
  assertExclusiveFits(target, choices.exclusive === true);
  if (target.kind === 'time') return placeTime(archive, request, target, options);
  if (target.kind === 'lsn') return placeLsn(archive, request, target, options);
  if (target.kind === 'latest') return placeLatest(request);
  if (target.kind !== 'immediate') return placeMark(archive, request, target, options);
  return { window: newestCandidate(request), stopAt: target };
}

function placeLatest(request: RecoveryRequest): PlacedTarget {
  const window = newestCandidate(request);
  const obstacle = behindEnd(window);
  if (obstacle === undefined) return { window, stopAt: LATEST };
  throw outsideTime([window], undefined, obstacle, window.toTime);
}
