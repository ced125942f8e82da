import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  summarizeSegment,
  type CommitPoint,
  type UnfinishedRecord,
} from '../../../lib/core/wal/records.ts';
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
const point = (xid: number, lsn: bigint): CommitPoint => ({
  xid,
  lsn,
  time: new Date(TIME_MS + xid),
});

describe('summarizeSegment', () => {
  test('gives the first and the last commit and the end of the last record', () => {
    const { segments, written } = writeWal(START, [filler(100), commit(5), commit(6), filler(64)]);
    const [, first, second, last] = written.map(({ endLsn }) => endLsn);
    expect(summarizeSegment(segments[0] ?? Buffer.alloc(0))).toEqual({
      firstCommit: point(5, first ?? 0n),
      lastCommit: point(6, second ?? 0n),
      endLsn: last,
    });
  });

  test('gives one commit as both first and last', () => {
    const { segments, written } = writeWal(START, [commit(5)]);
    const only = point(5, written[0]?.endLsn ?? 0n);
    expect(summarizeSegment(segments[0] ?? Buffer.alloc(0))).toMatchObject({
      firstCommit: only,
      lastCommit: only,
    });
  });

  test('finds nothing in a segment without records', () => {
    expect(summarizeSegment(emptySegment(START, { pages: 1 }))).toEqual({ endLsn: START });
  });

  test('ends a record that fills its page at the page', () => {
    const { segments } = writeWal(START, [filler(PAGE_BYTES - 40), commit(5)]);
    const segment = segments[0] ?? Buffer.alloc(0);
    segment.fill(0, PAGE_BYTES);
    expect(summarizeSegment(segment).endLsn).toBe(START + BigInt(PAGE_BYTES));
  });

  test('sees a commit that begins on one page and ends with the next', () => {
    const twoPages = commit(5, 2 * PAGE_BYTES - 40 - 24 - commit(5, 300).byteLength + 300);
    expect(twoPages.byteLength).toBe(2 * PAGE_BYTES - 40 - 24);
    const { segments } = writeWal(START, [twoPages, commit(6)]);
    const summary = summarizeSegment(segments[0] ?? Buffer.alloc(0));
    expect(summary.firstCommit).toEqual(point(5, START + 2n * BigInt(PAGE_BYTES)));
    expect(summary.lastCommit?.xid).toBe(6);
  });

  test('ends a switch of WAL with the segment', () => {
    const switchRecord = record(0, 0x40, 0, Buffer.alloc(0));
    for (const before of [filler(100), filler(PAGE_BYTES - 40 - 8)]) {
      const { segments } = writeWal(START, [before, switchRecord]);
      expect(summarizeSegment(segments[0] ?? Buffer.alloc(0))).toEqual({
        endLsn: START + BigInt(MiB),
      });
    }
  });

  test('drops a record that a crash cut off and goes on behind it', () => {
    const { segments } = writeWal(START, [filler(PAGE_BYTES), commit(6)]);
    const segment = segments[0] ?? Buffer.alloc(0);
    const replacement = commit(7);
    segment.fill(0, PAGE_BYTES + 24);
    segment.writeUInt16LE(0, PAGE_BYTES + 2);
    segment.writeUInt32LE(0, PAGE_BYTES + 16);
    segment.set(replacement, PAGE_BYTES + 24);
    const end = Math.ceil((PAGE_BYTES + 24 + replacement.byteLength) / 8) * 8;
    const expected = point(7, START + BigInt(end));
    expect(summarizeSegment(segment)).toMatchObject({
      firstCommit: expected,
      lastCommit: expected,
      endLsn: expected.lsn,
    });
  });

  describe('of a commit that crosses into the next segment', () => {
    const { segments, written } = writeWal(START, [filler(900_000), commit(5, 400_000), commit(6)]);
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = segments;
    const [, crossing = 0n, last = 0n] = written.map(({ endLsn }) => endLsn);
    const { tail } = summarizeSegment(first);

    test('counts it in the second, given what was carried', () => {
      expect(summarizeSegment(first).lastCommit).toBeUndefined();
      expect(summarizeSegment(second, { carry: tail })).toMatchObject({
        firstCommit: point(5, crossing),
        lastCommit: point(6, last),
      });
    });

    test('does not see it without', () => {
      expect(summarizeSegment(second)).toEqual({
        firstCommit: point(6, last),
        lastCommit: point(6, last),
        endLsn: last,
      });
    });

    test('ignores what was carried from elsewhere', () => {
      const strangers: readonly (UnfinishedRecord | undefined)[] = [
        tail && { ...tail, nextLsn: tail.nextLsn + BigInt(MiB) },
        tail && { ...tail, totalBytes: tail.totalBytes + 1 },
        tail && { ...tail, seenBytes: tail.seenBytes + 1 },
      ];
      for (const carry of strangers) {
        expect(summarizeSegment(second, { carry }).firstCommit).toEqual(point(6, last));
      }
    });

    test('carries no more than 64 KiB of it', () => {
      expect(tail?.head.byteLength).toBe(64 * 1024);
      expect(tail?.head.buffer.byteLength).toBeLessThan(MiB);
    });
  });

  test('follows a commit through a segment that is nothing but its middle', () => {
    const { segments, written } = writeWal(START, [filler(40_000), commit(5, 3 * MiB), filler(50)]);
    const end = written[1]?.endLsn ?? 0n;
    const [first, ...others] = segments.map((segment) => segment);
    const middle = summarizeSegment(others[0] ?? Buffer.alloc(0));
    expect(middle).toEqual({ endLsn: START + BigInt(MiB) });
    let carry = first && summarizeSegment(first).tail;
    const seen = others.map((segment) => {
      const summary = summarizeSegment(segment, { carry });
      carry = summary.tail;
      return summary.firstCommit;
    });
    expect(seen).toEqual([undefined, undefined, point(5, end)]);
  });

  test('refuses less than a whole segment', () => {
    for (const bytes of [emptySegment(START).subarray(0, MiB / 2), Buffer.alloc(MiB)]) {
      expect(() => summarizeSegment(bytes)).toThrow(expect.objectContaining({ code: 'WAL-PAGE' }));
    }
  });

  test('finds, segment by segment, the commits that were written', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 24, max: 400 }),
      fc.integer({ min: 8000, max: 8400 }),
      fc.integer({ min: 100_000, max: 1_200_000 }),
    );
    const plans = fc.array(fc.record({ isCommit: fc.boolean(), bytes: sizes }), { maxLength: 12 });
    fc.assert(
      fc.property(plans, (plan) => {
        const records = plan.map(({ isCommit, bytes }, index) =>
          isCommit ? commit(index + 1, bytes) : filler(bytes),
        );
        const { segments, written } = writeWal(START, records);
        let carry: UnfinishedRecord | undefined;
        for (const [index, segment] of segments.entries()) {
          const begin = START + BigInt(index * MiB);
          const isHere = (lsn: bigint): boolean => lsn > begin && lsn <= begin + BigInt(MiB);
          const here = written.map(({ endLsn }) => endLsn).filter(isHere);
          const commits = plan.flatMap(({ isCommit }, at) => {
            const lsn = written[at]?.endLsn ?? 0n;
            return isCommit && isHere(lsn) ? [point(at + 1, lsn)] : [];
          });
          const summary = summarizeSegment(segment, { carry });
          expect(summary.firstCommit).toEqual(commits[0]);
          expect(summary.lastCommit).toEqual(commits.at(-1));
          expect(summary.endLsn).toBe(here.at(-1) ?? begin);
          carry = summary.tail;
        }
        expect(carry).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});
