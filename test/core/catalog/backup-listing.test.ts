import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { findBackup, listBackups, summaryOf } from '../../../lib/core/catalog/backup-listing.ts';
import { objectsOf } from '../../../lib/core/catalog/read-backups.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { listKeys, plainPut, readObject } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { claimTestLineage } from '../../support/wal-fixture.ts';

const FINISHED = new Date('2026-11-22T03:00:00.000Z');

/** A store with one backup, and a copy of it in which `change` decides what each object becomes. */
async function copyWith(
  change: (key: string, bytes: Buffer, record: BackupRecord) => Buffer | undefined,
): Promise<{
  readonly record: BackupRecord;
  readonly listing: Awaited<ReturnType<typeof listBackups>>;
}> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  const record = await putBackup(store, lineage, { start: 2, finishedAt: FINISHED });
  const copy = new MemoryObjectStore();
  for (const key of await listKeys(store, '')) await copyObject(store, copy, key, change, record);
  return { record, listing: await listBackups(copy, lineage) };
}

async function copyObject(
  from: ObjectStore,
  to: ObjectStore,
  key: string,
  change: (key: string, bytes: Buffer, record: BackupRecord) => Buffer | undefined,
  record: BackupRecord,
): Promise<void> {
  const bytes = change(key, await readObject(from, key), record);
  if (bytes !== undefined) await to.putIfAbsent(key, bytes, plainPut(bytes));
}

describe('listBackups', () => {
  test('lists complete backups, oldest first', async () => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    const later = new Date('2026-11-23T03:00:00.000Z');
    const second = await putBackup(store, lineage, { start: 7, finishedAt: later });
    const first = await putBackup(store, lineage, { start: 2, finishedAt: FINISHED });
    const listing = await listBackups(store, lineage);
    expect(listing).toEqual({ backups: [summaryOf(first), summaryOf(second)], incomplete: [] });
    expect(findBackup(listing, second.id)).toEqual(summaryOf(second));
  });

  test('ignores objects that its record does not name', async () => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    const record = await putBackup(store, lineage, { start: 2, finishedAt: FINISHED });
    const stranger = `${lineage.keys.backup(record.id).prefix}notes.txt`;
    await putSealed(store, stranger, Buffer.from('x'), { epoch: 1 });
    expect((await listBackups(store, lineage)).backups).toEqual([summaryOf(record)]);
  });

  test('sets apart a backup without a record', async () => {
    const { listing } = await copyWith((key, bytes) =>
      key.endsWith('backup.json') ? undefined : bytes,
    );
    expect(listing.backups).toEqual([]);
    expect(listing.incomplete).toMatchObject([{ code: 'BACKUP-FAILED' }]);
  });

  test.each(['part-00001.tar.zst', 'part-00002.tar.zst', 'backup_manifest'])(
    'sets apart a backup whose %s is missing or of another size',
    async (name) => {
      const missing = await copyWith((key, bytes) => (key.endsWith(name) ? undefined : bytes));
      const cut = await copyWith((key, bytes) => (key.endsWith(name) ? bytes.subarray(1) : bytes));
      const { record } = missing;
      const object = [...objectsOf(record).keys()].find((key) => key.endsWith(name));
      for (const { listing } of [missing, cut]) {
        expect(listing.backups).toEqual([]);
        expect(listing.incomplete).toMatchObject([{ id: record.id, code: 'STORE-ABSENT', object }]);
      }
    },
  );

  test.each([
    ['is no JSON', 'STORE-CORRUPT', () => '{'],
    ['lacks a field', 'STORE-CORRUPT', (text: string) => text.replace('"stopLsn"', '"stop"')],
    [
      'names another backup',
      'STORE-CORRUPT',
      (text: string) => text.replace('"id": "2026', '"id": "2025'),
    ],
    [
      'has a newer format',
      'STORE-FORMAT',
      (text: string) => text.replace('"format": 1', '"format": 2'),
    ],
  ])('sets apart a backup whose record %s', async (_, code, change) => {
    const { listing, record } = await copyWith((key, bytes) =>
      key.endsWith('backup.json') ? Buffer.from(change(String(bytes))) : bytes,
    );
    expect(listing.backups).toEqual([]);
    expect(listing.incomplete).toMatchObject([{ id: record.id, code }]);
  });
});

describe('findBackup', () => {
  test('names the backups there are when it does not know one', async () => {
    const { listing, record } = await copyWith((_, bytes) => bytes);
    expect(() => findBackup(listing, 'nonsense')).toThrow(
      expect.objectContaining({ code: 'CATALOG-BACKUP', hint: expect.stringContaining(record.id) }),
    );
  });

  test('says why a backup is unusable', async () => {
    const { listing, record } = await copyWith((key, bytes) =>
      key.endsWith('backup.json') ? undefined : bytes,
    );
    expect(() => findBackup(listing, record.id)).toThrow(
      expect.objectContaining({
        code: 'CATALOG-BACKUP',
        message: expect.stringContaining('no record'),
      }),
    );
  });
});
