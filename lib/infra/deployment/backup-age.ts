import type { Cluster } from './cluster.ts';
import { longestGapSec } from './schedule.ts';

const HOUR_SEC = 3_600;

/** Age past which the newest restorable backup is too old: by its schedule, the longest backup, and an hour. */
export function backupAgeLimitSec({ schedule, timeoutHours }: Cluster['backup']): number {
  return Math.round(longestGapSec(schedule) + timeoutHours * HOUR_SEC + HOUR_SEC);
}
