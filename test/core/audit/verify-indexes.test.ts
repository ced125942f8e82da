import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { getRecord, putRecord } from '../../../lib/core/store/record.ts';
import { SegmentIndexRecord } from '../../../lib/core/store/records.ts';
import { readIndex } from '../../../lib/core/wal/index/read-index.ts';
import { temporaryFolder } from '../../support/folders.ts';
import { putSegment, segment } from '../../support/wal-fixture.ts';
import { makeSampleStore, type SampleStore, verifySample } from './sample-store.ts';

let sample: SampleStore;

beforeEach(async () => {
  sample = await makeSampleStore(await temporaryFolder());
});

async function remove(key: string): Promise<void> {
  await rm(join(sample.folder, key));
  await rm(join(sample.folder, `${key}.meta`));
}

describe('verifyStore, of indexes', () => {
  test.each([true, false])('makes those that are missing, deep: %s', async (deep) => {
    const { store, lineage } = sample;
    const keyOf = (name: string): string => lineage.keys.walIndex(name);
    const before = await readIndex(sample, segment(5, 2));
    for (const name of [segment(2), segment(5, 2)]) await remove(keyOf(name));
    expect(await verifySample(sample, { deep })).toMatchObject({
      ok: true,
      rebuiltIndexes: 2,
      missingIndexes: 0,
    });
    expect(await getRecord(store, keyOf(segment(5, 2)), SegmentIndexRecord)).toEqual(before);
    const { metadata } = (await store.head(keyOf(segment(5, 2)))) ?? {};
    expect(metadata?.epoch).toBe(2);
    expect(await verifySample(sample, { deep })).toMatchObject({ ok: true, rebuiltIndexes: 0 });
  });

  test('counts those that the store would not take, and is in order all the same', async () => {
    const { store, lineage } = sample;
    const names = [segment(2), segment(3), segment(6, 2)];
    for (const name of names) await remove(lineage.keys.walIndex(name));
    store.putIfAbsent = async () => {
      throw new OpsError('STORE-DENIED', 'an auditor only reads');
    };
    expect(await verifySample(sample, { deep: false })).toMatchObject({
      ok: true,
      rebuiltIndexes: 0,
      missingIndexes: 3,
    });
  });

  test('finds damage in a segment that it would have indexed', async () => {
    const { lineage } = sample;
    await remove(lineage.keys.walIndex(segment(3)));
    const key = lineage.keys.wal(segment(3));
    await rm(join(sample.folder, `${key}.meta`));
    const { findings } = await verifySample(sample, { deep: false });
    expect(findings).toMatchObject([{ code: 'STORE-CORRUPT', object: key }]);
  });

  test('finds that the last segment is gone, which continuity cannot', async () => {
    const key = sample.lineage.keys.wal(segment(6, 2));
    await remove(key);
    const { findings } = await verifySample(sample, { deep: false });
    expect(findings).toMatchObject([{ code: 'STORE-ABSENT', object: key }]);
  });

  test('finds an index that says other things than its segment, reading every byte', async () => {
    const { store, lineage } = sample;
    const key = lineage.keys.walIndex(segment(3));
    const index = await readIndex(sample, segment(3));
    await remove(key);
    await putRecord(store, key, SegmentIndexRecord, { ...index, xids: [[3, 9]] }, { epoch: 1 });
    expect(await verifySample(sample, { deep: false })).toMatchObject({ ok: true });
    const { findings } = await verifySample(sample, { deep: true });
    expect(findings).toMatchObject([{ code: 'STORE-CORRUPT', object: key }]);
  });

  test('finds an index that lies where none belongs', async () => {
    const { store, lineage } = sample;
    const index = await readIndex(sample, segment(3));
    const key = `${lineage.keys.walIndexPrefix}00000009/${segment(3)}.json`;
    await putRecord(store, key, SegmentIndexRecord, index, { epoch: 1 });
    const { findings } = await verifySample(sample, { deep: false });
    expect(findings).toMatchObject([{ code: 'STORE-KEY', object: key }]);
  });

  test('verifies one backup without looking at indexes', async () => {
    const { store, lineage, backup } = sample;
    await putSegment(store, lineage, segment(7, 2), { epoch: 2 });
    expect(await verifySample(sample, { backup: backup.id })).toMatchObject({ rebuiltIndexes: 0 });
  });
});
