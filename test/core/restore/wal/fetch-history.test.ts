import { describe, expect, test } from 'vitest';
import { WriterRecord } from '../../../../lib/core/store/records.ts';
import { fetchWal, type WalArchive } from '../../../../lib/core/restore/wal/fetch-wal.ts';
import { historyName } from '../../../../lib/core/wal/archive-file.ts';
import { parseTimelineHistory } from '../../../../lib/core/wal/timeline-history.ts';
import { putRecord } from '../../../../lib/core/store/record.ts';
import { putSealed } from '../../../../lib/core/store/sealed-object.ts';
import { codeOf } from '../../../contract/store-helpers.ts';
import { archiveOf } from './wal-archive.ts';

const ABSENT = { status: 'absent' };
/** Timeline 3 came from 2, and 2 from 1. */
const along = { history: parseTimelineHistory('1\t0/3000000\t\n2\t0/5000000\t\n', 3) };

async function put({ store, lineage }: WalArchive, timeline: number, text: string): Promise<void> {
  const key = lineage.keys.wal(historyName(timeline));
  await putSealed(store, key, Buffer.from(text), { epoch: 1 });
}

describe('fetchWal, of a history', () => {
  test('gives that of the timeline which is followed as it was stored, or fails', async () => {
    const archive = await archiveOf([]);
    expect(await fetchWal(archive, historyName(3), along)).toEqual(ABSENT);
    await put(archive, 3, 'garbage');
    expect(await codeOf(fetchWal(archive, historyName(3), along))).toBe('WAL-HISTORY');
  });

  test('does without a damaged one of an ancestor', async () => {
    const archive = await archiveOf([]);
    await put(archive, 2, 'garbage');
    expect(await fetchWal(archive, historyName(2), along)).toEqual(ABSENT);
  });

  test('says that a later timeline exists when its history is damaged', async () => {
    const archive = await archiveOf([]);
    await put(archive, 4, 'garbage');
    const fetched = await fetchWal(archive, historyName(4), along);
    expect(fetched).toMatchObject({ status: 'fetched' });
    expect(fetched).not.toMatchObject({ bytes: Buffer.from('garbage') });
    expect(await fetchWal(archive, historyName(5), along)).toEqual(ABSENT);
  });

  test('says that every timeline exists up to the newest there is a trace of', async () => {
    const archive = await archiveOf(['000000060000000000000007']);
    for (const timeline of [4, 5, 6]) {
      expect(await fetchWal(archive, historyName(timeline), along)).toMatchObject({
        status: 'fetched',
      });
    }
    expect(await fetchWal(archive, historyName(7), along)).toEqual(ABSENT);
  });

  test('takes the current writer for a trace', async () => {
    const archive = await archiveOf([]);
    const self = { instance: 'i', volume: 'v', dataDirInode: '1', timeline: 5 };
    const record = { epoch: 1, ...self, since: new Date(0) };
    const { keys } = archive.lineage;
    await putRecord(archive.store, keys.writer(1), WriterRecord, record, { epoch: 1 });
    expect(await fetchWal(archive, historyName(5), along)).toMatchObject({ status: 'fetched' });
    expect(await fetchWal(archive, historyName(6), along)).toEqual(ABSENT);
  });
});
