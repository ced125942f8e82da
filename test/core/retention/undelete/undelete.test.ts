import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { listBackups } from '../../../../lib/core/catalog/backup-listing.ts';
import { ExpiryTag } from '../../../../lib/core/contract/key-layout.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import type {
  HiddenObject,
  ObjectStat,
  PutOptions,
} from '../../../../lib/core/ports/object-store.ts';
import { chooseHidden } from '../../../../lib/core/retention/undelete/chosen-hidden.ts';
import type { UndeleteRequest } from '../../../../lib/core/retention/undelete/hidden-choice.ts';
import {
  runUndelete,
  type Undeleted,
} from '../../../../lib/core/retention/undelete/run-undelete.ts';
import {
  type HiddenSurvey,
  surveyHidden,
} from '../../../../lib/core/retention/undelete/survey-hidden.ts';
import type { Lineage } from '../../../../lib/core/store/lineage.ts';
import type { BackupRecord } from '../../../../lib/core/store/records.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import {
  codeOf,
  listKeys,
  plainPut,
  readObject,
  refusalOf,
} from '../../../contract/store-helpers.ts';
import { putBackup } from '../../../support/backup-fixture.ts';
import {
  claimTestLineage,
  historyOf,
  putHistory,
  putSegment,
  segment,
} from '../../../support/wal-fixture.ts';

const NOON = new Date(Date.UTC(2026, 10, 22, 12));
const LATER = new Date(NOON.getTime() + 3_600_000);
const OTHER = Buffer.from('somebody else was here');

/** Whose puts may fail once, after so many; keeps their order. */
class WatchedStore extends MemoryObjectStore {
  readonly puts: string[] = [];
  left = Infinity;

  override async putIfAbsent(key: string, body: Uint8Array, options: PutOptions) {
    this.#count(key);
    return super.putIfAbsent(key, body, options);
  }

  override async putStream(key: string, chunks: AsyncIterable<Uint8Array>) {
    this.#count(key);
    return super.putStream(key, chunks);
  }

  #count(key: string): void {
    if (this.left === 0) throw new OpsError('STORE-UNAVAILABLE', 'the store is away');
    this.left -= 1;
    this.puts.push(key);
  }
}

interface Sample {
  readonly store: WatchedStore;
  readonly lineage: Lineage;
  /** Start in segments 1 and 4, stop one later. */
  readonly backups: readonly [BackupRecord, BackupRecord];
}

/** Two backups and WAL of segments 1 to 6, with what belongs to it. */
async function sample(): Promise<Sample> {
  const store = new WatchedStore();
  const lineage = await claimTestLineage(store);
  for (let number = 1; number <= 6; number += 1) {
    await putSegment(store, lineage, segment(number), { epoch: number, isIndexed: true });
  }
  await putHistory(store, lineage, historyOf(2, [[1, 6]]));
  const backups = [
    await putBackup(store, lineage, { start: 1, stop: 2, finishedAt: NOON }),
    await putBackup(store, lineage, { start: 4, stop: 5, finishedAt: LATER }),
  ] as const;
  store.puts.length = 0;
  return { store, lineage, backups };
}

async function hide(
  { store }: Pick<Sample, 'store'>,
  isGone: (key: string) => boolean,
  now = NOON,
): Promise<readonly string[]> {
  const gone = (await listKeys(store, '')).filter(isGone);
  for (const key of gone) await store.tag(key, { [ExpiryTag.KEY]: ExpiryTag.DUE });
  await store.expireTagged({ now, undeleteDays: 7 });
  return gone;
}

async function stats(store: MemoryObjectStore): Promise<readonly Partial<ObjectStat>[]> {
  const all = [];
  for (const key of await listKeys(store, '')) {
    const stat = await store.head(key);
    all.push({ key, bytes: stat?.bytes, metadata: stat?.metadata });
  }
  return all;
}

async function undelete(archive: Sample, request: UndeleteRequest): Promise<Undeleted> {
  return runUndelete(archive, await chooseHidden(archive, request));
}

async function survey(archive: Sample, request: UndeleteRequest): Promise<HiddenSurvey> {
  return surveyHidden(await chooseHidden(archive, request), request);
}

const ALL: UndeleteRequest = { choice: { kind: 'all' } };
const ofBackup = (id: string): UndeleteRequest => ({ choice: { kind: 'backup', id } });

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
    await store.putStream(failed.part(1), each(OTHER));
    await store.putStream(strange.part(1), each(OTHER));
    await putSealed(store, strange.record, OTHER, { epoch: 0 });
    const gone = await hide(archive, () => true);
    expect(await undelete(archive, ALL)).toMatchObject({ objects: gone.length });
  });
});

async function* each(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* damaged(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
    yield copy;
  }
}
