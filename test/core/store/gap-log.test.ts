import { describe, expect, test } from 'vitest';
import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { gapAround, readGaps } from '../../../lib/core/store/gap-log.ts';
import { putSealed } from '../../../lib/core/store/sealed-object.ts';
import { sha256 } from '../../../lib/core/store/sha256.ts';
import { gapRecord, knownGap, putGap } from '../../support/gap-fixture.ts';
import { claimTestLineage, segment } from '../../support/wal-fixture.ts';

describe('readGaps', () => {
  test('reads records with their anchors, and passes over kept segments', async () => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    expect(await readGaps(store, lineage)).toEqual([]);
    const poisoned = gapRecord('poisoned', 5, 7);
    await putGap(store, lineage, poisoned, 'backup-1');
    await putGap(store, lineage, gapRecord('missing', 3));
    const kept = Buffer.from('our own bytes');
    const key = lineage.keys.gapSegment(poisoned.id, segment(5), sha256(kept));
    await putSealed(store, key, kept, { epoch: 1 });
    expect(await readGaps(store, lineage)).toEqual([
      { ...gapRecord('missing', 3), anchor: undefined },
      { ...poisoned, anchor: 'backup-1' },
    ]);
  });

  test('takes a damaged record of poisoned names for one to the end, one of missing names for none', async () => {
    const store = new MemoryObjectStore();
    const lineage = await claimTestLineage(store);
    for (const { id } of [gapRecord('poisoned', 5), gapRecord('missing', 3)]) {
      await putSealed(store, lineage.keys.gap(id), Buffer.from('{}'), { epoch: 1 });
    }
    const [gap, ...others] = await readGaps(store, lineage);
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ kind: 'poisoned', firstSegment: segment(5), by: undefined });
    expect(gapAround(gap === undefined ? [] : [gap], segment(4_000_000))).toEqual(gap);
  });
});

describe('gapAround', () => {
  const gaps = [knownGap('missing', 3, 4), knownGap('poisoned', 6, 8)];

  test.each([
    [2, undefined],
    [3, gaps[0]],
    [4, gaps[0]],
    [5, undefined],
    [8, gaps[1]],
    [9, undefined],
  ])('of segment %i', (number, gap) => {
    expect(gapAround(gaps, segment(number))).toEqual(gap);
  });

  test('looks at the timeline, and at the kind if it is given', () => {
    expect(gapAround(gaps, segment(3, 2))).toBeUndefined();
    expect(gapAround(gaps, segment(3), 'poisoned')).toBeUndefined();
    expect(gapAround(gaps, segment(7), 'poisoned')).toEqual(gaps[1]);
  });
});
