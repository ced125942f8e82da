import { describe, expect, test } from 'vitest';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { putIndex } from '../../../lib/core/wal/index/put-index.ts';
import { plainPut } from '../../contract/store-helpers.ts';
import { segment, walSegment } from '../../support/wal-fixture.ts';
import { commitRecord, MiB, record, writeWal } from '../../support/wal-writer.ts';
import { at, endOf, newArchive } from './window-archive.ts';

function switchOfWal(): Buffer {
  return record(0, 0x40, 0, Buffer.alloc(0));
}

describe('a recovery window', () => {
  test.each([
    ['damaged', async (): Promise<Uint8Array> => Buffer.from('no zstd')],
    ['another segment', async (): Promise<Uint8Array> => walSegment(segment(9), [at(900)])],
  ])('ends before a newest segment that is %s', async (_, content) => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    await archive.busy([2, 3, 4]);
    const backup = await archive.backup(2, 2, 210);
    const [key, bytes] = [lineage.keys.wal(segment(5)), await content()];
    if (bytes.byteLength < 100) await store.putIfAbsent(key, bytes, plainPut(bytes));
    else await putSealed(store, key, bytes, { epoch: 1 });
    expect(await archive.windows([backup])).toMatchObject([
      {
        toTime: at(400),
        toLsn: endOf(4),
        damaged: segment(5),
        path: { segments: [{ timeline: 1, first: 2n, last: 4n }] },
      },
    ]);
  });

  test('does not let damage before a backup’s stop shorten that backup’s window', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    await archive.busy([2, 3]);
    const damaged = Buffer.from('no zstd');
    await store.putIfAbsent(lineage.keys.wal(segment(4)), damaged, plainPut(damaged));
    await archive.idle([5, 6, 7]);
    const backups = [await archive.backup(2, 2, 210), await archive.backup(5, 5, 510)];
    expect(await archive.windows(backups)).toMatchObject([
      { toTime: at(300), toLsn: endOf(3) },
      { toTime: at(510), toLsn: endOf(7, { isBusy: false }) },
    ]);
  });

  test('ends with a commit whose record crosses into the next segments', async () => {
    for (const isIndexed of [true, false]) {
      const archive = await newArchive();
      const { store, lineage } = archive;
      const commit = (ms: number, bytes: number): Buffer =>
        commitRecord(9, at(ms).getTime(), { rest: Buffer.alloc(bytes) });
      const records = [commit(200, 900_000), commit(300, 2_000_000), switchOfWal()];
      const { segments, written } = writeWal(BigInt(2 * MiB), records);
      for (const [index, bytes] of segments.entries()) {
        const name = segment(2 + index);
        await putSealed(store, lineage.keys.wal(name), bytes, { epoch: 1 });
        if (isIndexed) await putIndex({ store, lineage }, name, bytes, { epoch: 1 });
      }
      const backup = await archive.backup(2, 2, 110);
      expect(segments).toHaveLength(3);
      expect(written[1]?.endLsn).toBeGreaterThan(BigInt(4 * MiB));
      expect(await archive.windows([backup])).toMatchObject([
        { toTime: at(300), toLsn: BigInt(5 * MiB) },
      ]);
    }
  });

  test('ends before the start of a record whose end is not archived', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    const long = commitRecord(9, at(300).getTime(), { rest: Buffer.alloc(3_000_000) });
    const records = [commitRecord(8, at(200).getTime()), long];
    const { segments, written } = writeWal(BigInt(2 * MiB), records);
    for (const [index, bytes] of segments.slice(0, 2).entries()) {
      await putSealed(store, lineage.keys.wal(segment(2 + index)), bytes, { epoch: 1 });
    }
    const backup = await archive.backup(2, 2, 110);
    expect(await archive.windows([backup])).toMatchObject([
      { toTime: at(200), toLsn: written[0]?.endLsn },
    ]);
  });

  test('reads the last segment, and before it indexes alone', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    for (const number of [2, 3, 4, 5]) {
      const name = segment(number);
      const bytes = walSegment(name, number === 2 ? [at(200)] : []);
      await putSealed(store, lineage.keys.wal(name), bytes, { epoch: 1 });
      await putIndex({ store, lineage }, name, bytes, { epoch: 1 });
    }
    const backups = [await archive.backup(2, 2, 110), await archive.backup(3, 3, 310)];
    const read: string[] = [];
    const get = store.get.bind(store);
    store.get = async (key, options) => {
      read.push(key);
      return get(key, options);
    };
    expect(await archive.windows(backups)).toMatchObject([
      { toTime: at(200) },
      { toTime: at(310) },
    ]);
    expect(read).toEqual([
      lineage.keys.wal(segment(5)),
      ...[4, 3, 2].map((number) => lineage.keys.walIndex(segment(number))),
    ]);
  });

  test('opens none for a backup whose own WAL is damaged', async () => {
    const archive = await newArchive();
    const { store, lineage } = archive;
    await archive.busy([2]);
    const damaged = Buffer.from('no zstd');
    await store.putIfAbsent(lineage.keys.wal(segment(3)), damaged, plainPut(damaged));
    expect(await archive.windows([await archive.backup(2, 3, 310)])).toEqual([]);
  });
});
