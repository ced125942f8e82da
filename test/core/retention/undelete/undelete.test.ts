import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listBackups } from '../../../../lib/core/catalog/backup-listing.ts';
import type { UndeleteRequest } from '../../../../lib/core/retention/undelete/hidden-choice.ts';
import { codeOf, listKeys } from '../../../contract/store-helpers.ts';
import { segment } from '../../../support/wal-fixture.ts';
import {
  ALL,
  hide,
  LATER,
  NOON,
  ofBackup,
  sample,
  stats,
  survey,
  undelete,
} from './hidden-sample.ts';

describe('undelete', () => {
  test('brings back whatever was hidden, as it was, whoever stored it', async () => {
    const untouched = await stats((await sample()).store);
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.boolean()), async (choices) => {
        const archive = await sample();
        const gone = await hide(archive, () => choices.next().value === true);
        if (gone.length === 0) return;
        expect(await survey(archive, ALL)).toMatchObject({ objects: gone.length });
        expect(await undelete(archive, ALL)).toMatchObject({ objects: gone.length });
        expect(await stats(archive.store)).toEqual(untouched);
        expect(await codeOf(survey(archive, ALL))).toBe('VAULT-HIDDEN');
        for (const key of gone) expect(await archive.store.tags(key)).toEqual({});
      }),
      { numRuns: 30 },
    );
  });

  test('brings back WAL first, then parts, the manifest, and the record last', async () => {
    const archive = await sample();
    const { lineage, store, backups } = archive;
    await hide(archive, () => true);
    await undelete(archive, ALL);
    const { basePrefix } = lineage.keys;
    const firstOfBase = store.puts.findIndex((key) => key.startsWith(basePrefix));
    expect(store.puts.slice(firstOfBase).map((key) => key.slice(basePrefix.length))).toEqual(
      backups.flatMap(({ id }) =>
        ['part-00001.tar.zst', 'part-00002.tar.zst', 'backup_manifest', 'backup.json'].map(
          (name) => `${id}/${name}`,
        ),
      ),
    );
  });

  test('broken off anywhere lists no backup that is not whole, and goes on', async () => {
    const untouched = await stats((await sample()).store);
    for (let left = 0; ; left += 1) {
      const archive = await sample();
      const { store, lineage } = archive;
      await hide(archive, (key) => key !== lineage.keys.identity);
      store.left = left;
      const ending = await undelete(archive, ALL).then(
        () => undefined,
        (error: unknown) => error,
      );
      store.left = Infinity;
      const { backups, incomplete } = await listBackups(store, lineage);
      expect(incomplete.map(({ code }) => code).filter((code) => code !== 'BACKUP-FAILED')).toEqual(
        [],
      );
      expect(backups.length).toBeLessThanOrEqual(2);
      if (ending === undefined) break;
      expect(ending).toMatchObject({ code: 'STORE-UNAVAILABLE' });
      await undelete(archive, ALL);
      expect(await stats(store)).toEqual(untouched);
    }
  });

  test('brings back one backup with its WAL and what belongs to that', async () => {
    const archive = await sample();
    const { lineage, backups, store } = archive;
    const { keys } = lineage;
    await hide(archive, (key) => key !== keys.identity);
    const [, { id }] = backups;
    expect(await survey(archive, ofBackup(id))).toMatchObject({ backups: [id] });
    await undelete(archive, ofBackup(id));
    expect(await listKeys(store, '')).toEqual(
      [
        keys.identity,
        ...['backup.json', 'backup_manifest', 'part-00001.tar.zst', 'part-00002.tar.zst'].map(
          (name) => `${keys.backup(id).prefix}${name}`,
        ),
        ...[4, 5].map((number) => keys.walIndex(segment(number))),
        ...[4, 5].map((number) => keys.wal(segment(number))),
      ].toSorted(),
    );
    expect(await codeOf(survey(archive, ofBackup(id)))).toBe('VAULT-HIDDEN');
    expect(await codeOf(survey(archive, ofBackup('20261122T010203Z-1-none')))).toBe('VAULT-HIDDEN');
  });

  test('brings back one object by its key', async () => {
    const archive = await sample();
    const key = archive.lineage.keys.wal(segment(3));
    await hide(archive, () => true);
    const request: UndeleteRequest = { choice: { kind: 'key', key } };
    expect(await undelete(archive, request)).toMatchObject({ objects: 1 });
    expect(await listKeys(archive.store, '')).toEqual([key]);
    expect((await archive.store.head(key))?.metadata?.epoch).toBe(3);
    expect(await codeOf(survey(archive, request))).toBe('VAULT-HIDDEN');
    const strange: UndeleteRequest = { choice: { kind: 'key', key: 'another/1-15/identity.json' } };
    expect(await codeOf(survey(archive, strange))).toBe('VAULT-HIDDEN');
  });

  test('brings back what was hidden since a moment, and nothing older', async () => {
    const archive = await sample();
    const { keys } = archive.lineage;
    await hide(archive, (key) => key === keys.wal(segment(1)), NOON);
    await hide(archive, (key) => key === keys.wal(segment(2)), LATER);
    const request = { ...ALL, hiddenAfter: LATER };
    expect(await survey(archive, request)).toMatchObject({
      objects: 1,
      hiddenFrom: LATER,
      hiddenTo: LATER,
    });
    await undelete(archive, request);
    expect(await listKeys(archive.store, keys.walPrefix)).not.toContain(keys.wal(segment(1)));
    expect(await codeOf(survey(archive, request))).toBe('VAULT-HIDDEN');
  });
});
