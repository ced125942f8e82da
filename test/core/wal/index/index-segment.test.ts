import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../../../lib/core/store/record.ts';
import { SegmentIndexRecord } from '../../../../lib/core/store/records.ts';
import { indexSegment, readEvents } from '../../../../lib/core/wal/index/index-segment.ts';
import { readSegment } from '../../../../lib/core/wal/index/read-index.ts';
import { namesOf } from '../../../../lib/core/wal/index/walk-events.ts';
import {
  commitRecord,
  limitsRecord,
  MiB,
  record,
  restorePointRecord,
  switchRecord,
  tablespaceRecord,
  writeWal,
} from '../../../support/wal-writer.ts';
import { archiveRecords, plannedRecords } from './indexed-wal.ts';

const START = BigInt(3 * MiB);
const TIME_MS = Date.UTC(2026, 6, 31, 12);
const time = (ms: number): bigint => BigInt(TIME_MS + ms) * 1000n + 789n;

function segmentOf(records: readonly Buffer[]): Buffer {
  const [segment] = writeWal(START, records).segments;
  if (segment === undefined) throw new Error('a record makes a segment');
  return segment;
}

describe('indexSegment', () => {
  test('tells commits, ends, marks and bounds', () => {
    const records = [
      record(10, 0, 1, Buffer.alloc(8)),
      commitRecord(20, TIME_MS + 5),
      commitRecord(22, TIME_MS + 9, { info: 0x20 }),
      commitRecord(21, TIME_MS + 7),
      restorePointRecord('here', TIME_MS + 8),
      switchRecord(1, 2),
      tablespaceRecord(16_384, '/srv/fast'),
      limitsRecord([100, 8, 10, 2, 64]),
    ];
    const { segments, written } = writeWal(START, records);
    const [, first, , last, point, branch, created, started] = written;
    expect(indexSegment(segments[0] ?? Buffer.alloc(0))).toEqual({
      endLsn: started?.endLsn,
      lastRecordLsn: started?.lsn,
      firstCommit: { ...first, time: time(5), xid: 20 },
      lastCommit: { ...last, time: time(7), xid: 21 },
      latestEnd: time(9),
      xids: [[20, 22]],
      restorePoints: [{ ...point, name: 'here', time: time(8) }],
      switches: [{ ...branch, from: 1, to: 2 }],
      tablespaces: [{ ...created, oid: 16_384, location: '/srv/fast' }],
      limits: [{ ...started, limits: expect.objectContaining({ max_connections: 100 }) }],
      complete: true,
    });
  });

  test('tells nothing of WAL without events', () => {
    const index = indexSegment(segmentOf([record(10, 0, 1, Buffer.alloc(8))]));
    expect(index).toMatchObject({ xids: [], restorePoints: [], complete: true });
    expect(index.firstCommit).toBeUndefined();
    expect(index.latestEnd).toBeUndefined();
  });

  test.each([
    ['ids far apart', (n: number) => commitRecord(3 + 2 * n, TIME_MS)],
    ['restore points', (n: number) => restorePointRecord(`p${n}`, TIME_MS)],
  ])('stays small with many %s, and says that it is not complete', (_, make) => {
    const segment = segmentOf(Array.from({ length: 600 }, (__, n) => make(n)));
    const index = indexSegment(segment);
    expect(index.complete).toBe(false);
    expect(encodeRecord(SegmentIndexRecord, index).byteLength).toBeLessThan(120_000);
    expect(readEvents(segment)).toHaveLength(600);
    expect(indexSegment(segmentOf(Array.from({ length: 512 }, (__, n) => make(n)))).complete).toBe(
      true,
    );
  });

  test('is read back from its record, whatever the segment holds', async () => {
    await fc.assert(
      fc.asyncProperty(plannedRecords, async (plan) => {
        const { archive, runs } = await archiveRecords(plan);
        for (const name of namesOf(runs, MiB)) {
          const { plain } = await readSegment(archive, name);
          const index = indexSegment(plain);
          const record = encodeRecord(SegmentIndexRecord, index);
          expect(record.byteLength).toBeLessThan(16_000);
          const back = decodeRecord(SegmentIndexRecord, record, name);
          expect(encodeRecord(SegmentIndexRecord, back)).toEqual(record);
          expect({ ...back, head: undefined, tail: undefined }).toEqual({
            ...index,
            head: undefined,
            tail: undefined,
          });
          expect(Buffer.from(back.tail?.bytes ?? [])).toEqual(Buffer.from(index.tail?.bytes ?? []));
        }
      }),
      { numRuns: 30 },
    );
  });
});
