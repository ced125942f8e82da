import { describe, expect, test } from 'vitest';
import { backupHeartbeat } from '../../../tasks/base-backup/backup-heartbeat.ts';

describe('backupHeartbeat', () => {
  test('tells phase, bytes, percent and the time left', () => {
    const progress = { doneBytes: 333, totalBytes: 1_000, bytesPerSec: 10, etaSec: 66.7 };
    expect(backupHeartbeat({ phase: 'copying', ...progress })).toEqual({
      fields: { phase: 'copying', bytes: 333, percent: 33.3, eta_sec: 67 },
      metrics: [['BackupCopiedBytes', 333]],
    });
  });

  test('leaves out what is not known yet', () => {
    const progress = { doneBytes: 0, totalBytes: undefined, bytesPerSec: 0, etaSec: undefined };
    expect(backupHeartbeat({ phase: 'checking the archive', ...progress }).fields).toEqual({
      phase: 'checking the archive',
      bytes: 0,
    });
  });
});
