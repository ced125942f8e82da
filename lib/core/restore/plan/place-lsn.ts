import type { CallOptions } from '../../ports/object-store.ts';
import { findRecordFrom } from '../../wal/index/find-record.ts';
import type { IndexedArchive } from '../../wal/index/read-index.ts';
import { formatLsn } from '../../wal/lsn.ts';
import { abandonedStretches, runsFrom } from './abandoned-stretch.ts';
import { candidates } from './choose-window.ts';
import { LATEST, type PlacedTarget } from './placed-target.ts';
import type { RecoveryRequest } from './recovery-plan.ts';
import type { RecoveryTarget } from './target.ts';
import { behindEnd, outsideLsn } from './window-refusals.ts';

type LsnTarget = Extract<RecoveryTarget, { kind: 'lsn' }>;

/**
 * Places an LSN: at the first record that begins there or later. Inside the last record there is none,
 * and all WAL is replayed.
 *
 * @throws {@link OpsError} as {@link placeTarget}.
 * @see PostgreSQL recoveryStopsBefore and recoveryStopsAfter, src/backend/access/transam/xlogrecovery.c
 */
export async function placeLsn(
  archive: IndexedArchive,
  request: RecoveryRequest,
  target: LsnTarget,
  options: CallOptions,
): Promise<PlacedTarget> {
  const { lsn } = target;
  const windows = candidates(request);
  const window = windows.find(({ fromLsn }) => fromLsn <= lsn);
  if (window === undefined) {
    throw outsideLsn(windows, lsn, 'is before the end of every restorable backup');
  }
  // One segment more: the record before may be in it.
  const before = lsn - BigInt(window.backup.segmentBytes);
  const runs = runsFrom([window], undefined, before > 0n ? before : 0n);
  const record = await findRecordFrom(archive, runs, lsn, options);
  if (record !== undefined) {
    const { previousEndLsn, endLsn, endTime } = record;
    const stop =
      request.choices.exclusive === true
        ? { stopLsn: previousEndLsn, readTo: endLsn }
        : { stopLsn: endLsn, readTo: endLsn, stopTime: endTime };
    return { window, stopAt: target, stop };
  }
  // Also before a gap or damage: the plan ends there, and nothing that lies behind is replayed.
  if (lsn <= window.toLsn) return { window, stopAt: LATEST };
  const obstacle = behindEnd(window);
  if (obstacle !== undefined) throw outsideLsn(windows, lsn, obstacle);
  throw outsideLsn(windows, lsn, pastEnd(request, window.timeline, target));
}

function pastEnd(request: RecoveryRequest, followed: number, { lsn }: LsnTarget): string {
  const { windows, choices } = request;
  const own = windows.find(({ timeline }) => timeline === followed);
  const others = own === undefined ? [] : abandonedStretches(windows, own.history);
  const other = others.find(({ fromLsn, toLsn }) => fromLsn <= lsn && lsn <= toLsn);
  const backup = choices.backupId === undefined ? '' : ` that follows backup ${choices.backupId}`;
  const elsewhere =
    other === undefined
      ? ''
      : `, and lies on timeline ${other.timeline}, which parted from it at ${formatLsn(other.fromLsn)}`;
  return `is past the end of the WAL of timeline ${followed}${backup}${elsewhere}`;
}
