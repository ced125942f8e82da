import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readIntactRecords } from '../../../lib/core/wal/intact-records.ts';
import { MiB, PAGE_BYTES, record, writeWal } from '../../support/wal-writer.ts';

const START = BigInt(3 * MiB);
const HEAP = 10;
/** Set on the page behind a record that a crash cut off. */
const OVERWRITING = 0x08;

const filler = (bytes: number): Buffer => record(HEAP, 0, 1, Buffer.alloc(bytes - 24, 0xaa));
const NOTHING = Buffer.alloc(0);

/** How far each of the segments is intact, read one after the other. */
function endsOf(segments: readonly Uint8Array[]): readonly number[] {
  let before;
  const ends: number[] = [];
  for (const bytes of segments) {
    const { endAt, after } = readIntactRecords(bytes, before);
    ends.push(endAt);
    if (endAt < bytes.byteLength) break;
    before = after;
  }
  return ends;
}

describe('readIntactRecords', () => {
  const sizes = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 24, max: 400 }) },
    { weight: 2, arbitrary: fc.integer({ min: 8000, max: 8400 }) },
    { weight: 2, arbitrary: fc.integer({ min: 100_000, max: 1_200_000 }) },
  );
  const plans = fc.array(sizes, { minLength: 1, maxLength: 12 });

  test('reads to the end of what was written', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { segments, written } = writeWal(START, plan.map(filler));
        const ends = endsOf(segments);
        const total = BigInt((ends.length - 1) * MiB + (ends.at(-1) ?? 0));
        expect(START + total).toBe(written.at(-1)?.endLsn);
      }),
      { numRuns: 20 },
    );
  });

  test('stops at the record of which a byte is another, also when it began segments before', () => {
    fc.assert(
      fc.property(plans, fc.nat(), fc.nat(), (plan, which, where) => {
        const { segments, written } = writeWal(START, plan.map(filler));
        const index = which % plan.length;
        const { lsn = START, endLsn = START } = written[index] ?? {};
        const bytes = plan[index] ?? 24;
        const broken = Number(lsn - START) + (where % Math.min(bytes, 24));
        const inHeader = broken % PAGE_BYTES < (broken % MiB < PAGE_BYTES ? 40 : 24);
        fc.pre(!inHeader && endLsn > lsn);
        const segment = segments[Math.floor(broken / MiB)] ?? NOTHING;
        segment[broken % MiB] = (segment[broken % MiB] ?? 0) ^ 0x10;
        const ends = endsOf(segments);
        const stopped = (ends.length - 1) * MiB + (ends.at(-1) ?? 0);
        const start = Number(lsn - START);
        // A record that reaches into a segment takes all of it along.
        expect(stopped === start || (stopped > start && stopped % MiB === 0)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('stops at a whole record of before, which follows another', () => {
    const { segments, written } = writeWal(START, [filler(64), filler(64), filler(64)]);
    const [segment = NOTHING] = segments;
    const other = writeWal(START, [filler(64), filler(64)], 1, 8n).segments[0] ?? NOTHING;
    const third = Number((written[2]?.lsn ?? START) - START);
    segment.set(other.subarray(40, 104), third);
    expect(readIntactRecords(segment).endAt).toBe(third);
  });

  test('goes on behind a record that a crash cut off, when the page says so', () => {
    const { segments } = writeWal(START, [filler(64), filler(2 * PAGE_BYTES)]);
    const [segment = NOTHING] = segments;
    const next = writeWal(START, [filler(80)], 1, START + 40n).segments[0] ?? NOTHING;
    segment.fill(0, PAGE_BYTES + 24);
    segment.set(next.subarray(40, 120), PAGE_BYTES + 24);
    segment.writeUInt32LE(0, PAGE_BYTES + 16);
    segment.writeUInt16LE(0, PAGE_BYTES + 2);
    expect(readIntactRecords(segment).endAt).toBe(104);
    segment.writeUInt16LE(OVERWRITING, PAGE_BYTES + 2);
    expect(readIntactRecords(segment).endAt).toBe(PAGE_BYTES + 24 + 80);
  });

  test('ends behind a switch of WAL, whatever the rest of the file holds', () => {
    const { segments } = writeWal(START, [filler(64), record(0, 0x40, 0, NOTHING)]);
    const [segment = NOTHING] = segments;
    segment.set(segment.subarray(40, 104), 128);
    const { endAt, after } = readIntactRecords(segment);
    expect(endAt).toBe(128);
    expect(after).toEqual({ previousLsn: START + 104n, open: undefined });
  });

  test('does not know where it stands in the middle of a record wider than a segment', () => {
    const { segments } = writeWal(START, [filler(3 * MiB), filler(64)]);
    const [, middle = NOTHING, , last = NOTHING] = segments;
    expect(readIntactRecords(middle)).toEqual({ endAt: MiB, isSwitched: false, after: undefined });
    expect(readIntactRecords(last).after?.open).toBeUndefined();
  });

  test('fails when the first page is not a segment’s', () => {
    expect(() => readIntactRecords(Buffer.alloc(MiB))).toThrow(
      expect.objectContaining({ code: 'WAL-PAGE' }),
    );
  });
});
