import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { listBackups } from '../../../../lib/core/catalog/backup-listing.ts';
import type { HiddenObject } from '../../../../lib/core/ports/object-store.ts';
import { chooseHidden } from '../../../../lib/core/retention/undelete/chosen-hidden.ts';
import { runUndelete } from '../../../../lib/core/retention/undelete/run-undelete.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { plainPut, readObject, refusalOf, sourceOf } from '../../../contract/store-helpers.ts';
import { segment } from '../../../support/wal-fixture.ts';
import { ALL, hide, OTHER, sample, undelete } from './hidden-sample.ts';

describe('undelete, where something cannot come back', () => {
  test('names what is in the place of an object, and brings back all else', async () => {
    const archive = await sample();
    const { store, lineage, backups } = archive;
    const { prefix, record } = lineage.keys.backup(backups[0].id);
    await hide(archive, () => true);
    const chosen = await chooseHidden(archive, ALL);
    const part = `${prefix}part-00001.tar.zst`;
    await store.putIfAbsent(part, OTHER, plainPut(OTHER));
    const { code, details } = await refusalOf(runUndelete(archive, chosen));
    expect({ code, details }).toEqual({
      code: 'VAULT-HIDDEN',
      details: { backup: backups[0].id, object: part },
    });
    expect(await store.head(record)).toBeUndefined();
    expect(await readObject(store, part)).toEqual(OTHER);
    expect((await listBackups(store, lineage)).backups.map(({ id }) => id)).toEqual([
      backups[1].id,
    ]);
  });

  test('fails when somebody takes a name between the look and the put', async () => {
    const archive = await sample();
    const { store, lineage } = archive;
    const key = lineage.keys.wal(segment(1));
    await hide(archive, () => true);
    const found = await Array.fromAsync(store.hidden(key));
    const stale = {
      async *others(): AsyncGenerator<HiddenObject> {
        yield* found;
      },
      async *backups(): AsyncGenerator<never> {},
    };
    await store.putIfAbsent(key, OTHER, plainPut(OTHER));
    const { code, details } = await refusalOf(runUndelete(archive, stale));
    expect({ code, details }).toEqual({ code: 'VAULT-HIDDEN', details: { object: key } });
  });

  test('does not bring back what was damaged, nor the record of a backup that needs it', async () => {
    const archive = await sample();
    const { store, lineage, backups } = archive;
    const { prefix, record } = lineage.keys.backup(backups[1].id);
    const part = `${prefix}part-00002.tar.zst`;
    const wal = lineage.keys.wal(segment(6));
    await hide(archive, () => true);
    store.get = async (key, options) => {
      const body = await MemoryObjectStore.prototype.get.call(store, key, options);
      return key === part || key === wal ? { ...body, chunks: damaged(body.chunks) } : body;
    };
    const refusal = await refusalOf(undelete(archive, ALL));
    expect(refusal.code).toBe('STORE-CORRUPT');
    expect(refusal.details['failed']).toBe(3);
    for (const key of [part, wal, record]) expect(await store.head(key)).toBeUndefined();
    expect((await listBackups(store, lineage)).backups.map(({ id }) => id)).toEqual([
      backups[0].id,
    ]);
  });

  test('brings back a failed backup, and one whose record nobody can read', async () => {
    const archive = await sample();
    const { store, lineage } = archive;
    const [failed, strange] = ['20261101T000000Z-1-a', '20261102T000000Z-1-b'].map((id) =>
      lineage.keys.backup(id),
    );
    if (failed === undefined || strange === undefined) throw new Error('two were made');
    await store.putStream(failed.part(1), sourceOf(OTHER));
    await store.putStream(strange.part(1), sourceOf(OTHER));
    await putSealed(store, strange.record, OTHER, { epoch: 0 });
    const gone = await hide(archive, () => true);
    expect(await undelete(archive, ALL)).toMatchObject({ objects: gone.length });
  });
});

async function* damaged(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
    yield copy;
  }
}
