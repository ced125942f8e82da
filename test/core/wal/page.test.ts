import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSegmentHeader } from '../../../lib/core/wal/page.ts';
import { assertWholeSegment } from '../../../lib/core/wal/whole-segment.ts';
import {
  emptySegment,
  IDENTITY,
  MiB,
  PAGE_BYTES,
  SYSTEM_IDENTIFIER,
} from '../../support/wal-writer.ts';

const NAME = '000000020000000000000003';
const START = BigInt(3 * MiB);
const PAGES = MiB / PAGE_BYTES;
const LAST_PAGE = MiB - PAGE_BYTES;
const refused = (code: string): unknown => expect.objectContaining({ code });

const whole = (pages = PAGES): Buffer => emptySegment(START, { timeline: 2, pages });
const prove = (bytes: Uint8Array, name = NAME, expected = IDENTITY): void =>
  assertWholeSegment(bytes, name, expected);

/** Timelines 1, 2, 1, 2, … */
function riseAndFall(segment: Buffer): void {
  segment.writeUInt32LE(1, 4);
  segment.writeUInt32LE(1, 2 * PAGE_BYTES + 4);
}

function zeroButLength(segment: Buffer): void {
  segment.fill(0, LAST_PAGE, LAST_PAGE + 24);
  segment.writeUInt32LE(1, LAST_PAGE + 16);
}

describe('readSegmentHeader', () => {
  test('reads every field', () => {
    expect(readSegmentHeader(whole())).toEqual({
      major: 15,
      magic: 0xd110,
      timeline: 2,
      systemIdentifier: SYSTEM_IDENTIFIER,
      segmentBytes: MiB,
      pageBytes: PAGE_BYTES,
      startLsn: START,
    });
  });

  test('reads 40 bytes at any place in their buffer', () => {
    const shifted = Buffer.concat([Buffer.alloc(3), whole().subarray(0, 40)]).subarray(3);
    expect(readSegmentHeader(shifted).startLsn).toBe(START);
  });

  test.each([
    [0xd106, 13],
    [0xd10d, 14],
    [0xd110, 15],
    [0xd113, 16],
    [0xd116, 17],
    [0xd118, 18],
    [0xd117, undefined],
  ])('knows the version of magic %i', (magic, major) => {
    const segment = whole();
    segment.writeUInt16LE(magic, 0);
    expect(readSegmentHeader(segment)).toMatchObject({ magic, major });
  });

  test('reads a system identifier of 64 bits', () => {
    const segment = whole();
    segment.writeBigUInt64LE(2n ** 64n - 1n, 24);
    expect(readSegmentHeader(segment).systemIdentifier).toBe('18446744073709551615');
  });

  test.each<[string, (segment: Buffer) => unknown]>([
    ['zeros', (s) => s.fill(0)],
    ['a short header', (s) => s.writeUInt16LE(0, 2)],
    ['flags that do not exist', (s) => s.writeUInt16LE(0x12, 2)],
    ['timeline 0', (s) => s.writeUInt32LE(0, 4)],
    ['an impossible segment size', (s) => s.writeUInt32LE(3 * MiB, 32)],
    ['a page size that is no power of two', (s) => s.writeUInt32LE(8191, 36)],
    ['a page size of 512', (s) => s.writeUInt32LE(512, 36)],
    ['a page size of 128 kB', (s) => s.writeUInt32LE(131_072, 36)],
  ])('refuses %s', (_, damage) => {
    const segment = whole();
    damage(segment);
    expect(() => readSegmentHeader(segment)).toThrow(refused('WAL-PAGE'));
  });

  test('refuses 39 bytes', () => {
    expect(() => readSegmentHeader(whole().subarray(0, 39))).toThrow(refused('WAL-PAGE'));
  });
});

describe('assertWholeSegment', () => {
  test('accepts a full segment and one that ends after any page', () => {
    for (const pages of [1, 2, PAGES - 1, PAGES]) expect(() => prove(whole(pages))).not.toThrow();
  });

  test("accepts a parent's pages at the start of a promoted segment", () => {
    const segment = whole();
    for (let page = 0; page < 5; page += 1) segment.writeUInt32LE(1, page * PAGE_BYTES + 4);
    expect(() => prove(segment)).not.toThrow();
  });

  test.each<[string, (segment: Buffer) => unknown]>([
    ['a first page of zeros', (s) => s.fill(0, 0, PAGE_BYTES)],
    ['zeros throughout', (s) => s.fill(0)],
    ['an unknown version', (s) => s.writeUInt16LE(0xd117, 0)],
    ['the segment before', (s) => s.writeBigUInt64LE(START - BigInt(MiB), 8)],
    ['a younger timeline', (s) => s.writeUInt32LE(3, 4)],
    ['a younger timeline later on', (s) => s.writeUInt32LE(3, PAGE_BYTES + 4)],
    ['a timeline that falls', (s) => s.writeUInt32LE(1, PAGE_BYTES + 4)],
    ['another magic later on', (s) => s.writeUInt16LE(0xd113, PAGE_BYTES)],
    ['a long header later on', (s) => s.writeUInt16LE(2, PAGE_BYTES + 2)],
    ['a stale page of a recycled file', (s) => s.writeBigUInt64LE(7n, MiB - PAGE_BYTES + 8)],
    ['a zero header before a page', (s) => s.fill(0, PAGE_BYTES, PAGE_BYTES + 24)],
    ['a timeline that rises and falls', (s) => riseAndFall(s)],
    [
      'a last header that is zero but for its magic',
      (s) => s.fill(0, LAST_PAGE + 2, LAST_PAGE + 24),
    ],
    ['a last header that is zero but for its length', (s) => zeroButLength(s)],
    ['another segment size', (s) => s.writeUInt32LE(2 * MiB, 32)],
  ])('refuses %s', (_, damage) => {
    const segment = whole();
    damage(segment);
    expect(() => prove(segment)).toThrow(refused('WAL-PAGE'));
  });

  test('refuses a whole segment of a neighbour or of a younger timeline', () => {
    const neighbour = emptySegment(START - BigInt(MiB), { timeline: 2 });
    const younger = emptySegment(START, { timeline: 3 });
    for (const segment of [neighbour, younger]) {
      expect(() => prove(segment)).toThrow(refused('WAL-PAGE'));
    }
  });

  test('refuses a stale page after the switch', () => {
    const segment = whole(4);
    whole().copy(segment, MiB - PAGE_BYTES, MiB - PAGE_BYTES);
    expect(() => prove(segment)).toThrow(refused('WAL-PAGE'));
  });

  test('refuses a byte more and a byte less', () => {
    expect(() => prove(whole().subarray(1))).toThrow(refused('WAL-PAGE'));
    expect(() => prove(Buffer.concat([whole(), Buffer.alloc(1)]))).toThrow(refused('WAL-PAGE'));
    expect(() => prove(new Uint8Array())).toThrow(refused('WAL-PAGE'));
  });

  test("refuses another cluster's segment", () => {
    const expected = { ...IDENTITY, systemIdentifier: '7400000000000000002' };
    expect(() => prove(whole(), NAME, expected)).toThrow(refused('WAL-IDENTITY'));
  });

  test("refuses another major version's segment", () => {
    const expected = { ...IDENTITY, major: 16 };
    expect(() => prove(whole(), NAME, expected)).toThrow(refused('WAL-IDENTITY'));
  });

  test('refuses names and sizes that cannot be', () => {
    expect(() => prove(whole(), `${NAME}.partial`)).toThrow(refused('WAL-NAME'));
    expect(() => prove(whole(), NAME, { ...IDENTITY, segmentBytes: 5 })).toThrow(
      refused('WAL-SEGMENT-SIZE'),
    );
  });

  test('refuses a changed magic or address on any page', () => {
    const places = fc.record({
      page: fc.integer({ min: 0, max: PAGES - 1 }),
      at: fc.constantFrom(0, 1, 8, 9, 10, 11, 12, 13, 14, 15),
      bit: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(places, ({ page, at, bit }) => {
        const segment = whole();
        const offset = page * PAGE_BYTES + at;
        segment.writeUInt8(segment.readUInt8(offset) ^ (1 << bit), offset);
        expect(() => prove(segment)).toThrow(expect.objectContaining({ name: 'OpsError' }));
      }),
    );
  });
});
