import { describe, expect, test } from 'vitest';
import { isRestorable } from '../../../lib/core/catalog/restorable.ts';
import { historyOf, segment } from '../../support/wal-fixture.ts';
import { backupRecord, listingOf } from './archive-model.ts';

const BACKUP = { ...backupRecord(3), stopSegment: segment(5) };

function archive(...present: readonly string[]): ReturnType<typeof listingOf> {
  return listingOf({ present: new Set(present), histories: [historyOf(1, [])], backups: [] });
}

describe('isRestorable', () => {
  test('wants every segment from start to stop, and no other', () => {
    expect(isRestorable(BACKUP, archive('1:3', '1:4', '1:5'))).toBe(true);
    expect(isRestorable(BACKUP, archive('1:3', '1:5', '1:6'))).toBe(false);
    expect(isRestorable(BACKUP, archive('1:4', '1:5'))).toBe(false);
    expect(isRestorable(BACKUP, archive('1:3', '1:4'))).toBe(false);
    expect(isRestorable(BACKUP, archive())).toBe(false);
  });

  test('wants them on the backup’s own timeline', () => {
    expect(isRestorable(BACKUP, archive('1:3', '2:4', '1:5'))).toBe(false);
  });
});
