import { describe, expect, test } from 'vitest';
import { withEnvelope } from '../../../../lib/core/adapters/store/envelope/with-envelope.ts';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { listBackups } from '../../../../lib/core/catalog/backup-listing.ts';
import type { ObjectStore } from '../../../../lib/core/ports/object-store.ts';
import { chooseHidden } from '../../../../lib/core/retention/undelete/chosen-hidden.ts';
import { runUndelete } from '../../../../lib/core/retention/undelete/run-undelete.ts';
import { codeOf, listKeys, readObject, sourceOf } from '../../../contract/store-helpers.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import { claimTestLineage, putSegment, segment } from '../../../support/wal-fixture.ts';
import { someKeys } from '../../adapters/store/envelope/sealed-stage.ts';
import { hide, NOON, ofBackup, stats } from './hidden-sample.ts';

/** What the store holds, to the last bit. */
async function bytesOf(stored: MemoryObjectStore): Promise<readonly unknown[]> {
  const known = await stats(stored);
  const keys = await listKeys(stored, '');
  return Promise.all(
    keys.map(async (key, index) => [known[index], (await readObject(stored, key)).toString('hex')]),
  );
}

type Writer = (sealed: ObjectStore, stored: ObjectStore) => ObjectStore;

const WRITERS: readonly (readonly [string, Writer])[] = [
  ['was stored before the envelope', (_, stored) => stored],
  ['was sealed', (sealed) => sealed],
];
const PARTLY: readonly (readonly [string, readonly string[]])[] = [
  ['the record', ['backup.json']],
  ['the record and part 1', ['backup.json', 'part-00001.tar.zst']],
  ['part 2', ['part-00002.tar.zst']],
  ['all', ['backup.json', 'backup_manifest', 'part-00001.tar.zst', 'part-00002.tar.zst']],
];

describe.each(WRITERS)('through an envelope, a backup that %s', (_, writerOf) => {
  async function backedUp() {
    const stored = new MemoryObjectStore();
    const store = withEnvelope(stored, someKeys());
    const writer = writerOf(store, stored);
    const lineage = await claimTestLineage(writer);
    await putSegment(writer, lineage, segment(1), { isIndexed: true });
    const { id } = await putBackup(writer, lineage, { start: 1, finishedAt: NOON });
    return { store, stored, lineage, id };
  }

  test.each(PARTLY)('comes back to the last bit with %s hidden', async (__, names) => {
    const { id, ...archive } = await backedUp();
    const { store, stored, lineage } = archive;
    const untouched = await bytesOf(stored);
    const isHidden = (key: string): boolean =>
      names.some((name) => key === `${lineage.keys.backup(id).prefix}${name}`);
    expect(await hide({ store: stored }, isHidden)).toHaveLength(names.length);
    const { objects } = await runUndelete(archive, await chooseHidden(archive, ofBackup(id)));
    expect(objects).toBe(names.length);
    expect(await bytesOf(stored)).toEqual(untouched);
    const { backups, incomplete } = await listBackups(store, lineage);
    expect({ backups: backups.length, incomplete }).toEqual({ backups: 1, incomplete: [] });
  });

  test('is kept back where a part is another’s', async () => {
    const { id, ...archive } = await backedUp();
    const { store, stored, lineage } = archive;
    const keys = lineage.keys.backup(id);
    const other = await readObject(stored, keys.part(2));
    await hide({ store: stored }, (key) => key === keys.part(1));
    await stored.putStream(keys.part(1), sourceOf(other));
    await hide({ store: stored }, (key) => key === keys.part(1));
    const undelete = runUndelete(archive, await chooseHidden(archive, ofBackup(id)));
    expect(['STORE-CORRUPT', 'VAULT-SEALED']).toContain(await codeOf(undelete));
    expect(await stored.head(keys.part(1))).toBeUndefined();
    expect((await listBackups(store, lineage)).backups).toEqual([]);
  });
});
