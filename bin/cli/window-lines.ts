import type { RecoveryWindow } from '../../lib/core/catalog/recovery-window.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';

/** Where can be recovered to, as data. */
export function windowDocument(window: RecoveryWindow): object {
  return {
    backupId: window.backup.id,
    timeline: window.timeline,
    parents: window.history.parents.map(({ timeline, endLsn }) => ({
      timeline,
      leftLsn: formatLsn(endLsn),
    })),
    fromTime: window.fromTime.toISOString(),
    fromLsn: formatLsn(window.fromLsn),
    toTime: window.toTime.toISOString(),
    toLsn: formatLsn(window.toLsn),
  };
}

/** Where can be recovered to, for a person. */
export function windowLines(window: RecoveryWindow): readonly string[] {
  const { timeline, backup, history, fromTime, toTime, fromLsn, toLsn } = window;
  const left = history.parents.at(-1);
  const origin =
    left === undefined ? '' : `, which left timeline ${left.timeline} at ${formatLsn(left.endLsn)}`;
  return [
    `timeline ${timeline}${origin}, from backup ${backup.id}`,
    `  ${fromTime.toISOString()} to ${toTime.toISOString()}`,
    `  ${formatLsn(fromLsn)} to ${formatLsn(toLsn)}`,
  ];
}
