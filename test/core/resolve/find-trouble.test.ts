import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { PgWalDirectory } from '../../../lib/core/adapters/wal/pg-wal-directory.ts';
import { findTrouble, type TroublePlace } from '../../../lib/core/resolve/find-trouble.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { gapRecord, putGap } from '../../support/gap-fixture.ts';
import {
  claimTestLineage,
  LINEAGE_IDENTITY,
  lsnAt,
  putSegment,
  segment,
  walSegment,
} from '../../support/wal-fixture.ts';

const THEIRS = [new Date('2026-11-22T02:00:00.000Z')];

let place: TroublePlace;
let wal: string;
let redo: number;

beforeEach(async () => {
  const data = await temporaryFolder();
  wal = join(data, 'pg_wal');
  await mkdir(join(wal, 'archive_status'), { recursive: true });
  redo = 5;
  const store = new MemoryObjectStore();
  const control = { ...LINEAGE_IDENTITY, state: 'in production', timeline: 1, limits: {} };
  const lsns = { checkpointLsn: 0n, minRecoveryEndLsn: 0n, checksums: true };
  place = {
    store,
    lineage: await claimTestLineage(store),
    wal: new PgWalDirectory(data),
    controlData: async () => ({ ...control, ...lsns, redoLsn: lsnAt(redo) }),
  };
});

async function write(numbers: readonly number[], mark?: 'ready' | 'done'): Promise<void> {
  for (const name of numbers.map((number) => segment(number))) {
    await writeFile(join(wal, name), walSegment(name));
    if (mark !== undefined) await writeFile(join(wal, 'archive_status', `${name}.${mark}`), '');
  }
}

async function archive(numbers: readonly number[], commits: readonly Date[] = []): Promise<void> {
  for (const number of numbers) {
    await putSegment(place.store, place.lineage, segment(number), { commits });
  }
}

describe('findTrouble', () => {
  test('finds none where all is in order', async () => {
    await archive([3, 4, 5]);
    await write([4, 5], 'done');
    await write([6, 7], 'ready');
    await write([8]);
    const { holes, lost, poisoned, unanchored } = await findTrouble(place);
    expect({ holes, lost, poisoned, unanchored }).toEqual({
      holes: [],
      lost: [],
      poisoned: undefined,
      unanchored: [],
    });
  });

  test('finds marks without a file, and torn files, that nobody has acknowledged', async () => {
    await write([5, 6, 7], 'ready');
    await rm(join(wal, segment(6)));
    await writeFile(join(wal, segment(7)), 'torn');
    expect((await findTrouble(place)).lost).toEqual([segment(6), segment(7)]);
    await putGap(place.store, place.lineage, gapRecord('missing', 6, 7));
    const { lost, unanchored } = await findTrouble(place);
    expect(lost).toEqual([]);
    expect(unanchored).toMatchObject([{ id: gapRecord('missing', 6).id }]);
  });

  test('finds a hole, however new, unless pg_wal can still fill it', async () => {
    await archive([3, 4, 7]);
    await putBackup(place.store, place.lineage, { start: 3, finishedAt: new Date(0) });
    const hole = { afterSegment: segment(4), beforeSegment: segment(7), missing: 2 };
    expect((await findTrouble(place)).holes).toMatchObject([hole]);
    await write([6], 'ready');
    expect((await findTrouble(place)).holes).toEqual([]);
  });

  test.each([
    ['before the redo position', 9],
    ['behind it', 5],
  ])('finds where another history begins, %s', async (_, position) => {
    redo = position;
    await archive([3, 4, 5]);
    await archive([6, 7, 8], THEIRS);
    await write([4, 5], 'done');
    await write([6, 7], 'ready');
    if (position > 5) await write([8, 9], 'ready');
    const span = { firstSegment: segment(6), lastSegment: segment(8) };
    expect((await findTrouble(place)).poisoned).toEqual(span);
    await putGap(place.store, place.lineage, gapRecord('poisoned', 6, 8), 'backup-1');
    expect((await findTrouble(place)).poisoned).toBeUndefined();
  });

  test('takes nothing for poisoned that the server wrote a moment ago', async () => {
    await archive([4, 5, 6]);
    await write([4, 5], 'done');
    const { controlData } = place;
    const busy = async (): ReturnType<typeof controlData> => {
      await write([6], 'done');
      return controlData();
    };
    expect((await findTrouble({ ...place, controlData: busy })).poisoned).toBeUndefined();
  });

  test('takes nothing for poisoned that it has no more and does not need', async () => {
    redo = 9;
    await archive([3, 4, 5], THEIRS);
    await write([9, 10]);
    expect((await findTrouble(place)).poisoned).toBeUndefined();
  });
});
