import { describe, expect, test } from 'vitest';
import { fetchPlanned } from '../../../../lib/core/restore/wal/fetch-planned.ts';
import { parseTimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { hideAt } from '../../../contract/store-hidden.contract.ts';
import { archiveOf, refusingStore } from './wal-archive.ts';

const FIRST = '000000010000000000000001';
const SECOND = '000000010000000000000002';
const THIRD = '000000010000000000000003';
const ABSENT = { status: 'absent' };
const FETCHED = { status: 'fetched' };

describe('fetchPlanned', () => {
  test('gives what is there, up to the last segment and past it', async () => {
    const archive = await archiveOf([FIRST, SECOND, THIRD]);
    const plan = { last: SECOND, endsThere: false };
    expect(await fetchPlanned(archive, SECOND, { plan })).toMatchObject(FETCHED);
    expect(await fetchPlanned(archive, THIRD, { plan })).toMatchObject(FETCHED);
  });

  test.each([true, false])(
    'a planned segment is never absent (plan ends: %s)',
    async (endsThere) => {
      const archive = await archiveOf([FIRST]);
      const plan = { last: SECOND, endsThere };
      await expect(fetchPlanned(archive, SECOND, { plan })).rejects.toMatchObject({
        code: 'RESTORE-WAL',
        details: { name: SECOND },
      });
      expect(await fetchPlanned(archive, THIRD, { plan })).toEqual(ABSENT);
    },
  );

  test('a planned segment is read in spite of a delete marker, any other stays absent', async () => {
    const archive = await archiveOf([FIRST, SECOND, THIRD]);
    const hide = hideAt(new Date(0));
    for (const name of [SECOND, THIRD]) await hide(archive.store, archive.lineage.keys.wal(name));
    const plan = { last: SECOND, endsThere: false };
    expect(await fetchPlanned(archive, SECOND, { plan })).toMatchObject(FETCHED);
    expect(await fetchPlanned(archive, THIRD, { plan })).toEqual(ABSENT);
    expect(await fetchPlanned(archive, SECOND, {})).toEqual(ABSENT);
  });

  test('past the end of a plan that ends, WAL is absent without a look into the store', async () => {
    const archive = await archiveOf([FIRST, SECOND, THIRD]);
    const store = refusingStore(archive.store, Number.POSITIVE_INFINITY);
    const plan = { last: SECOND, endsThere: true };
    expect(await fetchPlanned({ ...archive, store }, THIRD, { plan })).toEqual(ABSENT);
  });

  test('history files are no part of it', async () => {
    const plan = { last: SECOND, endsThere: true };
    expect(await fetchPlanned(await archiveOf([]), '00000002.history', { plan })).toEqual(ABSENT);
  });

  test('a segment beside the path is absent, one on it is not', async () => {
    const history = parseTimelineHistory('1\t0/2FFFFF\twhy\n', 2);
    const plan = { last: '000000020000000000000003', endsThere: true };
    const archive = await archiveOf([]);
    expect(await fetchPlanned(archive, SECOND, { history, plan })).toEqual(ABSENT);
    for (const name of [FIRST, '000000020000000000000002']) {
      await expect(fetchPlanned(archive, name, { history, plan })).rejects.toMatchObject({
        code: 'RESTORE-WAL',
      });
    }
  });

  test('without a plan, what is not there is absent', async () => {
    expect(await fetchPlanned(await archiveOf([FIRST]), SECOND, {})).toEqual(ABSENT);
  });
});
