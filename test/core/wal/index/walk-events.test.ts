import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FoundEvent, walkEvents } from '../../../../lib/core/wal/index/walk-events.ts';
import type { WalEvent } from '../../../../lib/core/wal/wal-event.ts';
import { codeOf } from '../../../contract/store-helpers.ts';
import { archiveRecords, type IndexedWal, plannedRecords } from './indexed-wal.ts';

const ALL = { mayHold: () => true, isWanted: () => true };
const LISTED = { mayHold: () => false, isWanted: () => true };

async function walk(wal: IndexedWal, filter = ALL): Promise<readonly FoundEvent[]> {
  return Array.fromAsync(walkEvents(wal.archive, wal.runs, filter));
}

function withTimeline(events: readonly WalEvent[]): readonly FoundEvent[] {
  return events.map((event) => ({ ...event, timeline: 1 }));
}

describe('walkEvents', () => {
  test('gives what was written, also in records that cross, with or without indexes', async () => {
    await fc.assert(
      fc.asyncProperty(
        plannedRecords,
        fc.uniqueArray(fc.nat({ max: 8 })),
        async (plan, unindexed) => {
          const wal = await archiveRecords(plan, new Set(unindexed));
          expect(await walk(wal)).toEqual(withTimeline(wal.events));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('reads no segment for what the index lists', async () => {
    const wal = await archiveRecords([
      { kind: 'restore-point', bytes: 0 },
      { kind: 'commit', bytes: 600_000 },
      { kind: 'tablespace', bytes: 0 },
      { kind: 'abort', bytes: 600_000 },
      { kind: 'heap', bytes: 10 },
    ]);
    const read: string[] = [];
    const get = wal.archive.store.get.bind(wal.archive.store);
    wal.archive.store.get = async (key, options) => {
      read.push(key);
      return get(key, options);
    };
    const found = await walk(wal, LISTED);
    // The second end crosses into the next segment, whose neighbours tell it.
    expect(found.map(({ kind }) => kind)).toEqual(['restore-point', 'tablespace', 'end']);
    expect(read.every((key) => key.startsWith(wal.archive.lineage.keys.walIndexPrefix))).toBe(true);
  });

  test('joins nothing over a hole', async () => {
    const wal = await archiveRecords([
      { kind: 'heap', bytes: 900_000 },
      { kind: 'commit', bytes: 3_000_000 },
    ]);
    expect(await walk(wal)).toHaveLength(1);
    const [run] = wal.runs;
    if (run === undefined) throw new Error('there is a run');
    const holed = [
      { ...run, last: run.first },
      { ...run, first: run.first + 2n },
    ];
    expect(await walk({ ...wal, runs: holed })).toEqual([]);
  });

  test('fails when a segment that must be read is gone', async () => {
    const wal = await archiveRecords([{ kind: 'commit', bytes: 0 }]);
    const [run] = wal.runs;
    const further = [{ timeline: 1, first: run?.first ?? 0n, last: (run?.last ?? 0n) + 1n }];
    expect(await codeOf(walk({ ...wal, runs: further }))).toBe('STORE-ABSENT');
  });

  test('leaves off where its reader does', async () => {
    const wal = await archiveRecords([
      { kind: 'commit', bytes: 0 },
      { kind: 'commit', bytes: 0 },
    ]);
    for await (const event of walkEvents(wal.archive, wal.runs, ALL)) {
      expect(event).toEqual({ ...wal.events[0], timeline: 1 });
      break;
    }
  });
});
