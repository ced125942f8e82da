import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../../lib/core/adapters/store/memory-object-store.ts';
import { lineageKeys } from '../../../../lib/core/contract/key-layout.ts';
import { fetchWal } from '../../../../lib/core/restore/wal/fetch-wal.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { parseTimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { gapRecord, knownGap, putGap } from '../../../support/gap-fixture.ts';
import { archiveOf, emptySegment, IDENTITY, refusingStore, testClock } from './wal-archive.ts';

const FIRST = '000000010000000000000001';
const SECOND = '000000010000000000000002';
const THIRD = '000000010000000000000003';
const ABSENT = { status: 'absent' };

describe('fetchWal', () => {
  test('gives the bytes of a segment', async () => {
    const archive = await archiveOf([FIRST]);
    const bytes = emptySegment(FIRST);
    expect(await fetchWal(archive, FIRST)).toEqual({ status: 'fetched', bytes });
  });

  test('a segment past the end is absent, one in a hole is missing', async () => {
    const archive = await archiveOf([FIRST, THIRD]);
    expect(await fetchWal(archive, '000000010000000000000004')).toEqual(ABSENT);
    await expect(fetchWal(archive, SECOND)).rejects.toMatchObject({
      code: 'RESTORE-WAL',
      details: { segment: SECOND, later: THIRD },
    });
  });

  test('a poisoned name counts as absent: the end, or a hole before WAL behind it', async () => {
    const archive = await archiveOf([FIRST, SECOND, THIRD]);
    const known = [{ ...knownGap('poisoned', 2), lastSegment: THIRD }];
    const gapped = { ...archive, knownGaps: async () => known };
    expect(await fetchWal(gapped, FIRST)).toMatchObject({ status: 'fetched' });
    expect(await fetchWal(gapped, SECOND)).toEqual(ABSENT);
    const narrow = { ...archive, knownGaps: async () => [knownGap('poisoned', 2)] };
    await expect(fetchWal(narrow, SECOND)).rejects.toMatchObject({
      code: 'RESTORE-WAL',
      details: { later: THIRD },
    });
    await putGap(archive.store, archive.lineage, gapRecord('poisoned', 2, 3));
    expect(await fetchWal(archive, SECOND)).toEqual(ABSENT);
  });

  describe('along timeline 2, which left timeline 1 in segment 3', () => {
    const options = { history: parseTimelineHistory('1\t0/2FFFFF\twhy\n', 2) };
    const branch = '000000020000000000000002';

    test('later WAL on the new timeline makes a hole of an old segment', async () => {
      const archive = await archiveOf([branch]);
      await expect(fetchWal(archive, FIRST, options)).rejects.toMatchObject({
        code: 'RESTORE-WAL',
      });
    });

    test('WAL of the abandoned stretch is absent, and proves nothing', async () => {
      const archive = await archiveOf([FIRST, SECOND, THIRD]);
      expect(await fetchWal(archive, SECOND, options)).toEqual(ABSENT);
      expect(await fetchWal(archive, branch, options)).toEqual(ABSENT);
    });
  });

  test('a history is given when it is there, and absent when it is not', async () => {
    const archive = await archiveOf([FIRST]);
    expect(await fetchWal(archive, '00000002.history')).toEqual(ABSENT);
    const text = Buffer.from('1\t0/3000000\tno recovery target specified\n');
    const key = archive.lineage.keys.wal('00000002.history');
    await putSealed(archive.store, key, text, { epoch: 1 });
    expect(await fetchWal(archive, '00000002.history')).toMatchObject({ status: 'fetched' });
  });

  test.each([
    ['a damaged history', '00000002.history', Buffer.from('garbage'), 'WAL-HISTORY'],
    ['another segment’s bytes', SECOND, emptySegment(FIRST), 'WAL-PAGE'],
    ['another system’s segment', SECOND, emptySegment(SECOND, 8n), 'WAL-IDENTITY'],
    ['half a segment', SECOND, emptySegment(SECOND).subarray(0, 8192), 'WAL-PAGE'],
  ])('fails when there is %s', async (_, name, bytes, code) => {
    const archive = await archiveOf([]);
    await putSealed(archive.store, archive.lineage.keys.wal(name), bytes, { epoch: 1 });
    await expect(fetchWal(archive, name)).rejects.toMatchObject({ code });
  });

  test('fails when the name is none', async () => {
    await expect(fetchWal(await archiveOf([]), '../etc/passwd')).rejects.toMatchObject({
      code: 'WAL-NAME',
    });
  });

  test('rides out a store that is away for a while', async () => {
    const archive = await archiveOf([FIRST]);
    const store = refusingStore(archive.store, 7);
    expect(await fetchWal({ ...archive, store }, FIRST)).toMatchObject({ status: 'fetched' });
  });

  test('a store that stays away is never an absence', async () => {
    const store = refusingStore(new MemoryObjectStore(), Number.POSITIVE_INFINITY);
    const lineage = { id: IDENTITY, identity: IDENTITY, keys: lineageKeys(IDENTITY) };
    await expect(fetchWal({ store, lineage, clock: testClock }, FIRST)).rejects.toMatchObject({
      code: 'STORE-UNAVAILABLE',
    });
  });
});
