import type { BackupSummary } from '../store/records.ts';
import type { StoppedTask } from './stopped-task.ts';

/** A backup that a task made, and the one before it. */
export interface MadeBackup {
  readonly made: BackupSummary;
  /** The restorable one before it; `undefined` when it is the first. */
  readonly previous: BackupSummary | undefined;
}

/**
 * The backup that `task` can have made: it began while the task was there. Its own beginning is by the
 * server's clock, so it is held against the moment when ECS took the task, which is earlier by the time
 * that an image takes to come: clocks that differ by seconds do no harm.
 *
 * @param restorable - newest first; read no further than needed.
 */
export async function findMadeBackup(
  restorable: AsyncIterable<BackupSummary>,
  { createdAt, stoppedAt }: StoppedTask,
): Promise<MadeBackup | undefined> {
  let made: BackupSummary | undefined;
  for await (const backup of restorable) {
    if (made !== undefined) return { made, previous: backup };
    if (backup.startedAt < createdAt) return undefined;
    if (stoppedAt === undefined || backup.startedAt <= stoppedAt) made = backup;
  }
  return made && { made, previous: undefined };
}
