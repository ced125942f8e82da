import type { Clock } from '../ports/clock.ts';
import type { ClusterServer } from '../ports/cluster-server.ts';
import type { BackupPhase, ProgressMeter } from './backup-progress.ts';

/** Phases of the server that the stream alone does not show. */
const SERVER_PHASES: Readonly<Record<string, BackupPhase>> = {
  'waiting for checkpoint to finish': 'waiting for a checkpoint',
  'streaming database files': 'copying',
  'waiting for wal archiving to finish': 'waiting for WAL',
};
const POLL_EVERY_MS = 1_000;

/**
 * Feeds `meter` from the server's own progress view until `signal` is aborted. Never rejects: not
 * knowing how far a backup is does not fail it.
 *
 * @see https://www.postgresql.org/docs/current/progress-reporting.html#BASEBACKUP-PROGRESS-REPORTING
 */
export async function watchServerProgress(
  server: ClusterServer,
  applicationName: string,
  meter: ProgressMeter,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(POLL_EVERY_MS, signal);
      const progress = await server.baseBackupProgress(applicationName, { signal });
      const phase = progress === undefined ? undefined : SERVER_PHASES[progress.phase];
      if (phase !== undefined) meter.enter(phase);
      if (progress?.totalBytes !== undefined) meter.expect(progress.totalBytes);
    } catch {
      // Asked again, until the backup ends.
    }
  }
}
