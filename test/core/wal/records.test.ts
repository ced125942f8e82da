import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecordBounds, walkRecords } from '../../../lib/core/wal/records.ts';
import type { RecordPlace } from '../../../lib/core/wal/wal-event.ts';
import {
  commitRecord,
  emptySegment,
  MiB,
  PAGE_BYTES,
  record,
  writeWal,
} from '../../support/wal-writer.ts';

const START = BigInt(3 * MiB);
const TIME_MS = Date.UTC(2026, 6, 31, 12, 0, 0, 123);
const HEAP = 10;

const commit = (xid: number, rest = 0): Buffer =>
  commitRecord(xid, TIME_MS + xid, { rest: Buffer.alloc(rest) });
/** A record of exactly `bytes` bytes. */
const filler = (bytes: number): Buffer => record(HEAP, 0, 1, Buffer.alloc(bytes - 24, 0xaa));

/** The records that lie in a segment whole, and its bounds. */
function walked(segment: Uint8Array = Buffer.alloc(0)): RecordBounds & {
  readonly places: readonly RecordPlace[];
  readonly read: readonly Uint8Array[];
  readonly rmgrs: readonly number[];
} {
  const places: RecordPlace[] = [];
  const read: Uint8Array[] = [];
  const rmgrs: number[] = [];
  const bounds = walkRecords(segment, (span, reader) => {
    places.push(reader.place(span));
    rmgrs.push(span.rmgr);
    read.push(Buffer.from(reader.read(span)));
  });
  return { ...bounds, places, read, rmgrs };
}

describe('walkRecords', () => {
  test('visits each record with its place and its bytes', () => {
    const records = [filler(100), commit(5), filler(2 * PAGE_BYTES + 17), commit(6)];
    const { segments, written } = writeWal(START, records);
    const { places, read, rmgrs, ...bounds } = walked(segments[0]);
    expect(read).toEqual(records);
    expect(rmgrs).toEqual([HEAP, 1, HEAP, 1]);
    expect(places.map(({ lsn, endLsn }) => ({ lsn, endLsn }))).toEqual(written);
    const ends = written.map(({ endLsn }) => endLsn);
    expect(places.map((place) => place.previousEndLsn)).toEqual([undefined, ...ends.slice(0, -1)]);
    expect(bounds).toEqual({ endLsn: ends.at(-1), lastRecordLsn: written.at(-1)?.lsn });
  });

  test('finds nothing in a segment without records', () => {
    const { places, endLsn, lastRecordLsn, head, tail } = walked(emptySegment(START, { pages: 1 }));
    expect([places, endLsn, lastRecordLsn, head, tail]).toEqual([
      [],
      START,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('ends a record that fills its page at the page', () => {
    const { segments } = writeWal(START, [filler(PAGE_BYTES - 40), commit(5)]);
    const segment = segments[0] ?? Buffer.alloc(0);
    segment.fill(0, PAGE_BYTES);
    expect(walked(segment).endLsn).toBe(START + BigInt(PAGE_BYTES));
  });

  test('ends a switch of WAL with the segment', () => {
    const switchRecord = record(0, 0x40, 0, Buffer.alloc(0));
    for (const before of [filler(100), filler(PAGE_BYTES - 40 - 8)]) {
      const { segments } = writeWal(START, [before, switchRecord]);
      expect(walked(segments[0]).endLsn).toBe(START + BigInt(MiB));
    }
  });

  test('drops a record that a crash cut off and goes on behind it', () => {
    const { segments } = writeWal(START, [filler(64), filler(PAGE_BYTES), commit(6)]);
    const segment = segments[0] ?? Buffer.alloc(0);
    const replacement = commit(7);
    segment.fill(0, PAGE_BYTES + 24);
    segment.writeUInt16LE(0, PAGE_BYTES + 2);
    segment.writeUInt32LE(0, PAGE_BYTES + 16);
    segment.set(replacement, PAGE_BYTES + 24);
    const lsn = START + BigInt(PAGE_BYTES + 24);
    const endLsn = START + BigInt(Math.ceil((PAGE_BYTES + 24 + replacement.byteLength) / 8) * 8);
    const { places, tail } = walked(segment);
    expect(places.slice(1)).toEqual([{ lsn, endLsn, previousEndLsn: START + 104n }]);
    expect(tail).toBeUndefined();
  });

  describe('of a record that crosses into the next segment', () => {
    const long = commit(5, 400_000);
    const { segments, written } = writeWal(START, [filler(900_000), long, commit(6)]);
    const [first, second] = segments.map((segment) => walked(segment));
    const [, crossing, last] = written;

    test('gives its start, with its first bytes, as the tail of the first', () => {
      expect(first?.places).toHaveLength(1);
      expect(first?.lastRecordLsn).toBe(crossing?.lsn);
      const { tail } = first ?? {};
      expect(tail).toMatchObject({ lsn: crossing?.lsn, totalBytes: long.byteLength });
      expect(Buffer.from(tail?.bytes ?? [])).toEqual(long.subarray(0, 4096));
      expect(tail?.bytes.buffer.byteLength).toBe(4096);
    });

    test('gives its rest, with the first bytes of it, as the head of the second', () => {
      const { head, places, endLsn } = second ?? {};
      const passed = first?.tail?.passedBytes ?? 0;
      const left = long.byteLength - passed;
      expect(head).toMatchObject({ remainingBytes: left, passedBytes: left });
      expect(head?.endLsn).toBe(crossing?.endLsn);
      expect(Buffer.from(head?.bytes ?? [])).toEqual(long.subarray(passed, passed + 4096));
      expect(places).toEqual([{ ...last, previousEndLsn: crossing?.endLsn }]);
      expect(endLsn).toBe(last?.endLsn);
    });
  });

  test('gives the middle of a record wider than a segment as a head that does not end', () => {
    const { segments } = writeWal(START, [filler(40_000), commit(5, 3 * MiB), filler(50)]);
    const [first, middle, , last] = segments.map((segment) => walked(segment));
    expect(middle?.places).toEqual([]);
    expect(middle?.endLsn).toBe(START + BigInt(MiB));
    expect(middle?.lastRecordLsn).toBeUndefined();
    const { totalBytes = 0, passedBytes = 0 } = first?.tail ?? {};
    expect(middle?.head).toMatchObject({ remainingBytes: totalBytes - passedBytes });
    expect(middle?.head?.endLsn).toBeUndefined();
    expect(last?.head?.remainingBytes).toBe(last?.head?.passedBytes);
  });

  test('forgets the rest of a record that a crash cut off within the segment', () => {
    const { segments } = writeWal(START, [filler(900_000), commit(5, 400_000)]);
    const second = segments[1] ?? Buffer.alloc(0);
    second.fill(0, PAGE_BYTES + 24);
    second.writeUInt16LE(0, PAGE_BYTES + 2);
    second.writeUInt32LE(0, PAGE_BYTES + 16);
    second.set(commit(7), PAGE_BYTES + 24);
    const { head, places } = walked(second);
    expect(head).toBeUndefined();
    expect(places).toHaveLength(1);
  });

  test('refuses less than a whole segment', () => {
    for (const bytes of [emptySegment(START).subarray(0, MiB / 2), Buffer.alloc(MiB)]) {
      expect(() => walked(bytes)).toThrow(expect.objectContaining({ code: 'WAL-PAGE' }));
    }
  });

  test('finds, segment by segment, every byte that was written', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 24, max: 400 }),
      fc.integer({ min: 8000, max: 8400 }),
      fc.integer({ min: 100_000, max: 1_200_000 }),
    );
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 12 }), (plan) => {
        const records = plan.map((bytes) => filler(bytes));
        const { segments, written } = writeWal(START, records);
        const found = segments.map((segment) => walked(segment));
        const whole = found.flatMap(({ places }) => places);
        const crossing = found.flatMap(({ tail }) => (tail ? [tail.lsn] : []));
        expect(whole.length + crossing.length).toBe(records.length);
        for (const { lsn, endLsn } of whole) expect(written).toContainEqual({ lsn, endLsn });
        const starts = [...whole.map(({ lsn }) => lsn), ...crossing];
        expect(new Set(starts)).toEqual(new Set(written.map(({ lsn }) => lsn)));
        const heads = found.flatMap(({ head }) => head?.endLsn ?? []);
        const ends = written.filter(({ lsn }) => crossing.includes(lsn)).map((one) => one.endLsn);
        expect(heads).toEqual(ends);
      }),
      { numRuns: 50 },
    );
  });
});
