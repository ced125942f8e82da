import { beforeEach, describe, expect, test } from 'vitest';
import { ExpiryTag } from '../../../lib/core/contract/key-layout.ts';
import { openObjectStore } from '../../../lib/core/adapters/store/open-object-store.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../../lib/core/store/records.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { claimTestLineage, putSegment, segment } from '../../support/wal-fixture.ts';
import { type Ending, failureOf, runHere } from './run-holdfast.ts';

let url: string;
let store: ObjectStore;
let lineage: Lineage;
let backup: BackupRecord;

beforeEach(async () => {
  url = `file://${await temporaryFolder()}`;
  store = await openObjectStore(url);
  lineage = await claimTestLineage(store);
  await putSegment(store, lineage, segment(2));
  backup = await putBackup(store, lineage, { start: 2, finishedAt: new Date() });
});

async function hold(...words: readonly string[]): Promise<Ending> {
  return runHere(['hold', '--store', url, '--cluster', 'orders', ...words]);
}

async function held(...words: readonly string[]): Promise<string> {
  const { stdout } = await hold('--backup', backup.id, '--reason', 'audit', '--json', ...words);
  return JSON.parse(stdout).hold.id;
}

async function standing(): Promise<readonly unknown[]> {
  return JSON.parse((await hold('--list', '--json')).stdout).holds;
}

describe('holdfast hold', () => {
  test('keeps a backup, says until when, and lists it', async () => {
    const id = await held('--until', '2099-01-01T02:00:00+02:00', '--by', 'somebody');
    expect(await standing()).toEqual([
      {
        id,
        backupId: backup.id,
        kind: 'operator',
        reason: 'audit',
        by: 'somebody',
        at: expect.any(String),
        until: '2099-01-01T00:00:00.000Z',
        isOver: false,
      },
    ]);
    expect((await hold('--list')).stdout).toContain('2099-01-01 00:00:00Z');
  });

  test('keeps again what retention had let go, with the WAL that it needs', async () => {
    const { record } = lineage.keys.backup(backup.id);
    const keys = [record, lineage.keys.backup(backup.id).part(1), lineage.keys.wal(segment(2))];
    for (const key of keys) await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
    const { stdout } = await hold('--backup', backup.id, '--reason', 'audit');
    expect(stdout).toContain('its objects are kept again');
    for (const key of keys) {
      expect(await store.tags(key)).toEqual({ [ExpiryTag.KEY]: ExpiryTag.KEPT });
    }
  });

  test('releases only when it is told to, and a legal hold only by its word', async () => {
    const id = await held('--legal');
    const words = ['--release', id, '--reason', 'it is over'];
    expect(failureOf(await hold(...words, '--execute'))).toMatchObject({ code: 'RETENTION-HOLD' });
    expect((await hold(...words, '--legal')).stdout).toContain('Nothing was changed');
    expect(await standing()).toHaveLength(1);
    const { exitCode, stdout } = await hold(...words, '--legal', '--execute', '--json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { format: 1, executed: true }]);
    expect(await standing()).toEqual([]);
    expect(failureOf(await hold(...words, '--legal'))).toMatchObject({ code: 'RETENTION-HOLD' });
  });

  test.each([
    ['on nothing', ['--backup', '20260101T000000Z-00000001-000000010000000000000002']],
    ['on what is no id', ['--backup', '../x']],
    ['that would be over already', ['--until', '2020-01-01T00:00:00Z']],
    ['that nobody knows, to be released', ['--release', 'x']],
  ])('refuses a hold %s', async (_, words) => {
    const subject = words[0] === '--until' ? ['--backup', backup.id] : [];
    const ending = await hold(...subject, ...words, '--reason', 'r');
    expect(failureOf(ending)).toEqual({ exitCode: 120, code: 'RETENTION-HOLD', hasHint: true });
    expect(await standing()).toEqual([]);
  });

  test.each([
    ['no reason', ['--backup', 'x'], 'add --reason'],
    ['nothing to do', [], 'add --backup <id>, --release <hold> or --list'],
    [
      'a time without an offset',
      ['--backup', 'x', '--reason', 'r', '--until', '2099-01-01'],
      'UTC offset',
    ],
    ['two things at once', ['--list', '--release', 'x'], 'cannot be used with'],
  ])('does not take %s', async (_, words, said) => {
    const { exitCode, stderr } = await hold(...words);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(said);
  });
});
