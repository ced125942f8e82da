import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRecordFrom } from '../../../../lib/core/wal/index/find-record.ts';
import { archiveRecords, plannedRecords } from './indexed-wal.ts';

describe('findRecordFrom', () => {
  test('gives the first whole record that begins there or later, and the time of its transaction', async () => {
    await fc.assert(
      fc.asyncProperty(
        plannedRecords,
        fc.nat(),
        fc.integer({ min: -9, max: 9 }),
        async (plan, which, shift) => {
          const { archive, runs, places, events } = await archiveRecords(plan);
          const lsn = (places[which % places.length]?.lsn ?? 0n) + BigInt(shift);
          const expected = places.find((place) => place.lsn >= lsn);
          const event = events.find((one) => one.lsn === expected?.lsn);
          const endTime = event?.kind === 'end' ? event.time : undefined;
          expect(await findRecordFrom(archive, runs, lsn)).toEqual(
            expected && { ...expected, endTime },
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('gives none for the start of a record whose end is not there', async () => {
    const { archive, runs, places } = await archiveRecords([
      { kind: 'heap', bytes: 900_000 },
      { kind: 'heap', bytes: 900_000 },
    ]);
    const [run] = runs;
    const cut = [{ timeline: 1, first: run?.first ?? 0n, last: run?.first ?? 0n }];
    const [first, second] = places;
    expect(await findRecordFrom(archive, cut, first?.lsn ?? 0n)).toEqual(first);
    expect(await findRecordFrom(archive, cut, second?.lsn ?? 0n)).toBeUndefined();
  });
});
