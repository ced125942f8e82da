import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FolderObjectStore } from '../../../lib/core/adapters/store/folder/folder-object-store.ts';
import { ExpiryTag } from '../../../lib/core/contract/key-layout.ts';
import { ERROR_CODES } from '../../../lib/core/errors/codes.ts';
import { listKeys } from '../../contract/store-helpers.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { claimTestLineage, putSegment, segment } from '../../support/wal-fixture.ts';
import { failureOf, runHere } from './run-holdfast.ts';

const NOON = new Date(Date.UTC(2026, 10, 22, 12));
const LATER = new Date(NOON.getTime() + 3_600_000);

interface Lost {
  readonly store: FolderObjectStore;
  readonly place: readonly string[];
  readonly backupId: string;
  readonly keys: readonly string[];
}

/** A store of which everything was deleted: WAL at noon, all else an hour later. */
async function loseEverything(): Promise<Lost> {
  const root = await temporaryFolder();
  const store = new FolderObjectStore(root);
  const lineage = await claimTestLineage(store);
  for (const number of [1, 2]) {
    await putSegment(store, lineage, segment(number), { isIndexed: true });
  }
  const { id } = await putBackup(store, lineage, { start: 1, finishedAt: NOON });
  const keys = await listKeys(store, '');
  for (const [prefix, now] of [
    [lineage.keys.walPrefix, NOON],
    ['', LATER],
  ] as const) {
    for (const key of await listKeys(store, prefix)) {
      await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
    }
    await store.expireTagged({ now, undeleteDays: 7 });
  }
  expect(await listKeys(store, '')).toEqual([]);
  const place = ['--store', pathToFileURL(root).href, '--cluster', 'orders'];
  return { store, place, backupId: id, keys };
}

describe('holdfast undelete', () => {
  test('brings back a cluster of which nothing was left', async () => {
    const { store, place, backupId, keys } = await loseEverything();
    const lost = await runHere(['list', ...place]);
    expect(failureOf(lost).code).toBe('CATALOG-CLUSTER');
    expect(lost.stderr).toMatch(
      /HINT: .*; \d+ objects are hidden by delete markers, such as orders\//,
    );
    const seen = await runHere(['list', ...place, '--hidden', '--json']);
    expect(JSON.parse(seen.stdout)).toMatchObject({ backups: [{ id: backupId }] });

    const plan = await runHere(['undelete', ...place, '--all']);
    expect(plan.exitCode).toBe(0);
    expect(plan.stdout).toContain(`Hidden: ${keys.length} objects, `);
    expect(plan.stdout).toContain(`backup ${backupId}`);
    expect(plan.stdout).toContain('add --execute');
    expect(await listKeys(store, '')).toEqual([]);

    const done = await runHere(['undelete', ...place, '--all', '--execute', '--json']);
    expect(JSON.parse(done.stdout)).toEqual({
      format: 1,
      executed: true,
      objects: keys.length,
      bytes: expect.any(Number),
      backups: [backupId],
      hiddenFrom: NOON.toISOString(),
      hiddenTo: LATER.toISOString(),
    });
    expect(await listKeys(store, '')).toEqual(keys);
    const again = await runHere(['undelete', ...place, '--all', '--execute']);
    const { exitCode } = ERROR_CODES['VAULT-HIDDEN'];
    expect(failureOf(again)).toEqual({ exitCode, code: 'VAULT-HIDDEN', hasHint: true });
  });

  test('takes one key, and what was hidden since a moment', async () => {
    const { store, place, keys } = await loseEverything();
    const identity = keys.find((key) => key.endsWith('identity.json')) ?? '';
    const one = ['undelete', ...place, '--key', identity, '--execute', '--json'];
    expect(JSON.parse((await runHere(one)).stdout)).toMatchObject({ objects: 1, backups: [] });
    expect(await listKeys(store, '')).toEqual([identity]);
    const since = [...place, '--all', '--hidden-after', LATER.toISOString(), '--execute'];
    expect((await runHere(['undelete', ...since])).exitCode).toBe(0);
    expect(await listKeys(store, '')).toEqual(keys.filter((key) => !key.includes('/wal/')));
  });

  test.each([
    ['nothing', []],
    ['two things at once', ['--all', '--key', 'a']],
    ['a time without its offset', ['--all', '--hidden-after', '2026-11-22T12:00']],
  ])('is not understood with %s', async (_, words) => {
    const place = ['--store', 'file:///nowhere', '--cluster', 'orders'];
    const { exitCode, stderr } = await runHere(['undelete', ...place, ...words]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error: ');
  });
});
