import { describe, expect, test } from 'vitest';
import type { BackupSummary } from '../../../lib/core/store/records.ts';
import { findMadeBackup } from '../../../lib/core/runs/made-backup.ts';
import { backupRecord } from '../catalog/archive-model.ts';
import { after, stoppedTask, taskArnOf } from './run-stage.ts';

/** Backups that began so many minutes after the occurrence was due, newest first. */
function backupsAt(...minutes: readonly number[]): {
  readonly backups: AsyncIterable<BackupSummary>;
  readonly read: number[];
} {
  const read: number[] = [];
  const backups = async function* (): AsyncGenerator<BackupSummary> {
    for (const minute of minutes) {
      read.push(minute);
      yield { ...backupRecord(Math.floor(minute) + 3_000), startedAt: after(minute) };
    }
  };
  return { backups: backups(), read };
}

const TASK = stoppedTask(1, { taskArn: taskArnOf(1) });

describe('findMadeBackup', () => {
  test('is the one that began while the task was there, with the one before it', async () => {
    const { backups } = backupsAt(3, -1_440, -1_500);
    const found = await findMadeBackup(backups, TASK);
    expect([found?.made.startedAt, found?.previous?.startedAt]).toEqual([after(3), after(-1_440)]);
  });

  test('is the first there is', async () => {
    const found = await findMadeBackup(backupsAt(3).backups, TASK);
    expect([found?.made.startedAt, found?.previous]).toEqual([after(3), undefined]);
  });

  test('is none that was there before the task, and no older one is read', async () => {
    const { backups, read } = backupsAt(-1_440, -2_880);
    expect(await findMadeBackup(backups, TASK)).toBeUndefined();
    expect(read).toEqual([-1_440]);
    expect(await findMadeBackup(backupsAt().backups, TASK)).toBeUndefined();
  });

  test('is none that began after the task had ended', async () => {
    const found = await findMadeBackup(backupsAt(600, 3, -1_440).backups, TASK);
    expect(found?.made.startedAt).toEqual(after(3));
    expect(await findMadeBackup(backupsAt(600).backups, TASK)).toBeUndefined();
  });

  test('may have begun by a clock that is seconds behind', async () => {
    const found = await findMadeBackup(backupsAt(1.9).backups, TASK);
    expect(found?.made.startedAt).toEqual(after(1.9));
  });
});
