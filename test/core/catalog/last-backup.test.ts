import { describe, expect, test } from 'vitest';
import { lastBackup } from '../../../lib/core/catalog/last-backup.ts';
import { historyOf } from '../../support/wal-fixture.ts';
import { backupRecord, listingOf } from './archive-model.ts';

const BEFORE = backupRecord(3);
const BEHIND = backupRecord(9);
const OF_CHILD = backupRecord(7, 2);
const HISTORIES = [historyOf(1, []), historyOf(2, [[1, 6]])];
const archive = listingOf({ present: new Set(), histories: HISTORIES, backups: [] });

describe('lastBackup', () => {
  test('is the newest that leads to what is written now, not one of a timeline that was given up', () => {
    const backups = [BEFORE, OF_CHILD, BEHIND];
    expect(lastBackup(backups, archive, 2)?.id).toBe(OF_CHILD.id);
    expect(lastBackup(backups, archive, 1)?.id).toBe(BEHIND.id);
    expect(lastBackup([BEFORE, OF_CHILD], archive, 1)?.id).toBe(BEFORE.id);
    expect(lastBackup([OF_CHILD], archive, 1)).toBeUndefined();
  });

  test('is the newest of all while nobody has archived where the timeline came from', () => {
    expect(lastBackup([BEFORE, OF_CHILD], archive, 3)?.id).toBe(OF_CHILD.id);
  });
});
