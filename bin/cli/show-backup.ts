import type { BackupProgress } from '../../lib/core/backup/backup-progress.ts';
import { formatBytes, formatSeconds } from './format.ts';
import type { Bar } from './output.ts';

/** Shows how far a backup has come: percent, MB/s and time left. */
export function showBackup(bar: Bar, progress: BackupProgress): void {
  const { phase, doneBytes, totalBytes, bytesPerSec, etaSec } = progress;
  const left = etaSec === undefined ? '' : `, ${formatSeconds(etaSec)} left`;
  const speed = `${(bytesPerSec / 1_000_000).toFixed(0)} MB/s`;
  const detail = phase === 'copying' ? `${formatBytes(doneBytes)}, ${speed}${left}` : phase;
  bar.update(doneBytes, totalBytes, detail);
}
