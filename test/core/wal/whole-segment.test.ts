import { expect, test } from 'vitest';
import { indexSegment } from '../../../lib/core/wal/index/index-segment.ts';
import { assertWholeSegment } from '../../../lib/core/wal/whole-segment.ts';
import { lsnAt, segment } from '../../support/wal-fixture.ts';
import { commitRecord, IDENTITY, PAGE_BYTES, record, writeWal } from '../../support/wal-writer.ts';

const XLOG = 0;
const SWITCH = 0x40;
const HEAP = 10;
const NO_BODY = new Uint8Array();

function filler(bytes: number): Buffer {
  return record(HEAP, 0, 1, Buffer.alloc(bytes));
}

/** Segment 9 with a commit and a switch; behind them what segment 3 held before it was recycled. */
function cutShort(fillerBytes: number): Buffer {
  const ends = [filler(fillerBytes), commitRecord(700, 0), record(XLOG, SWITCH, 0, NO_BODY)];
  const [own = NO_BODY] = writeWal(lsnAt(9), ends).segments;
  const [recycled = NO_BODY] = writeWal(lsnAt(3), Array(2_000).fill(filler(500))).segments;
  const pages = Math.ceil((own.findLastIndex((byte) => byte !== 0) + 1) / PAGE_BYTES);
  return Buffer.concat([
    own.subarray(0, pages * PAGE_BYTES),
    recycled.subarray(pages * PAGE_BYTES),
  ]);
}

test('takes a segment that ends by a switch, although a crash left old pages behind it', () => {
  // Among these the switch ends with its page, and one begins in the next.
  for (let bytes = 7_960; bytes < 8_140; bytes += 8) {
    const segmentBytes = cutShort(bytes);
    expect(() => assertWholeSegment(segmentBytes, segment(9), IDENTITY)).not.toThrow();
    const index = indexSegment(segmentBytes);
    expect(index).toMatchObject({ endLsn: lsnAt(10), lastCommit: { xid: 700 } });
    expect(index.tail).toBeUndefined();
  }
});

test('refuses it when a record ahead of the switch is not intact', () => {
  const bytes = cutShort(100).fill(1, 80, 81);
  const wrong = (): void => assertWholeSegment(bytes, segment(9), IDENTITY);
  expect(wrong).toThrow(expect.objectContaining({ code: 'WAL-PAGE' }));
});
