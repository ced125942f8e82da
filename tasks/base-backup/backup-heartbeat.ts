import type { BackupProgress } from '../../lib/core/backup/backup-progress.ts';
import { Metric } from '../../lib/core/contract/metrics.ts';
import type { TaskProgress } from '../shared/heartbeat.ts';

/** What the heartbeat of a base backup tells of its progress. */
export function backupHeartbeat({
  phase,
  doneBytes,
  totalBytes,
  etaSec,
}: BackupProgress): TaskProgress {
  return {
    fields: {
      phase,
      bytes: doneBytes,
      percent: totalBytes ? Math.round((doneBytes / totalBytes) * 1_000) / 10 : undefined,
      eta_sec: etaSec === undefined ? undefined : Math.round(etaSec),
    },
    metrics: [[Metric.BACKUP_COPIED_BYTES, doneBytes]],
  };
}
