import type { Lsn } from '../wal/lsn.ts';
import type { BackupPlace } from '../store/records.ts';
import type { RecoveryWindow } from './recovery-window.ts';

/** The newest commit that the store alone could bring back. */
export interface RecoverablePoint {
  readonly lsn: Lsn;
  readonly time: Date;
  /** Age of that commit in seconds: the RPO right now, on a server that commits all the time. */
  readonly ageSec: number;
}

/** The furthest end of all windows on `timeline`; `undefined` when nothing can be recovered. */
export function recoverablePoint(
  windows: readonly RecoveryWindow<BackupPlace>[],
  timeline: number,
  now: Date,
): RecoverablePoint | undefined {
  const furthest = windows
    .filter((window) => window.timeline === timeline)
    .reduce<RecoveryWindow<BackupPlace> | undefined>(
      (best, window) => (best === undefined || window.toLsn > best.toLsn ? window : best),
      undefined,
    );
  if (furthest === undefined) return undefined;
  const ageSec = Math.max(0, (now.getTime() - furthest.toTime.getTime()) / 1_000);
  return { lsn: furthest.toLsn, time: furthest.toTime, ageSec };
}
