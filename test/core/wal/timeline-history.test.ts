import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segmentNumberAt } from '../../../lib/core/wal/segment.ts';
import {
  formatTimelineHistory,
  parseTimelineHistory,
  segmentTimeline,
  switchPoint,
  timelineAt,
  timelineSpans,
  type TimelineHistory,
} from '../../../lib/core/wal/timeline-history.ts';
import { MiB } from '../../support/wal-writer.ts';

const reasons = fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/\s+/g, ' ').trim());

/** Histories of 0–4 parents, near enough to each other to share segments; LSNs in any order. */
const histories = fc
  .uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 5, minLength: 1 })
  .map((ids) => ids.toSorted((a, b) => a - b))
  .chain((ids) =>
    fc.record({
      timeline: fc.constant(ids.at(-1) ?? 1),
      parents: fc.tuple(
        ...ids.slice(0, -1).map((timeline) =>
          fc.record({
            timeline: fc.constant(timeline),
            endLsn: fc.bigInt({ min: 0n, max: BigInt(4 * MiB) }),
            reason: reasons,
          }),
        ),
      ),
    }),
  );

/** The rule as PostgreSQL writes it: youngest entry first, each between two ends of the file. */
function youngestCovering(history: TimelineHistory, lsn: bigint): number | undefined {
  const ids = [...history.parents.map(({ timeline }) => timeline), history.timeline];
  const entries = ids.map((timeline, index) => ({
    timeline,
    begin: history.parents[index - 1]?.endLsn ?? 0n,
    end: history.parents[index]?.endLsn ?? 2n ** 64n,
  }));
  return entries.findLast(({ begin, end }) => begin <= lsn && lsn < end)?.timeline;
}

describe('parseTimelineHistory', () => {
  test('reads what a server writes', () => {
    const text = '1\t0/A00068\tafter LSN 0/A00028\n\n\n2\t0/B00000\tat restore point "x"\n';
    expect(parseTimelineHistory(text, 3)).toEqual({
      timeline: 3,
      parents: [
        { timeline: 1, endLsn: 0xa0_0068n, reason: 'after LSN 0/A00028' },
        { timeline: 2, endLsn: 0xb0_0000n, reason: 'at restore point "x"' },
      ],
    });
  });

  test('tolerates comments, blank lines and any white space', () => {
    const text = '# made by hand\n  \t\n   # more\r\n  1   0/5  \r\n\t2\t \t0/6\twhy  not \n';
    expect(parseTimelineHistory(text, 9).parents).toEqual([
      { timeline: 1, endLsn: 5n, reason: '' },
      { timeline: 2, endLsn: 6n, reason: 'why  not' },
    ]);
  });

  test('reads an empty file as a timeline without parents', () => {
    expect(parseTimelineHistory('', 1)).toEqual({ timeline: 1, parents: [] });
  });

  test('accepts an end before the begin, which recovery to before a branch leaves behind', () => {
    const text = '1\t0/A00068\tafter LSN 0/A00028\n\n\n2\t0/900000\tafter LSN 0/816030\n';
    const history = parseTimelineHistory(text, 3);
    expect(timelineSpans(history)).toEqual([
      { timeline: 1, beginLsn: 0n, endLsn: 0x90_0000n },
      { timeline: 3, beginLsn: 0x90_0000n, endLsn: undefined },
    ]);
    expect(timelineAt(history, 0x95_0000n)).toBe(3);
    expect(switchPoint(history, 1)).toBe(0x90_0000n);
    expect(switchPoint(history, 2)).toBe(0x90_0000n);
  });

  test.each([
    ['no id', 'x\t0/5\n'],
    ['no LSN', '1\n'],
    ['half an LSN', '1\t0/\n'],
    ['an LSN with a tail', '1\t0/5G\n'],
    ['an LSN too long', '1\t0/123456789\n'],
    ['a negative id', '-1\t0/5\n'],
    ['timeline 0', '0\t0/5\n'],
    ['ids that repeat', '1\t0/5\n1\t0/6\n'],
    ['ids that fall', '2\t0/5\n1\t0/6\n'],
    ['its own id as a parent', '3\t0/5\n'],
    ['a younger parent', '4\t0/5\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parseTimelineHistory(text, 3)).toThrow(
      expect.objectContaining({ code: 'WAL-HISTORY' }),
    );
  });

  test.each([0, -1, 1.5, 2 ** 32])('refuses to be the history of timeline %d', (timeline) => {
    expect(() => parseTimelineHistory('', timeline)).toThrow(
      expect.objectContaining({ code: 'WAL-HISTORY' }),
    );
  });

  test('undoes formatTimelineHistory', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const text = formatTimelineHistory(history);
        expect(parseTimelineHistory(text, history.timeline)).toEqual(history);
      }),
    );
  });
});

describe('timelineSpans', () => {
  test('cover all WAL without holes, ids ascending, none empty', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const spans = timelineSpans(history);
        expect(spans[0]?.beginLsn).toBe(0n);
        expect(spans.at(-1)).toMatchObject({ timeline: history.timeline, endLsn: undefined });
        for (const [index, span] of spans.slice(0, -1).entries()) {
          const next = spans[index + 1];
          expect(span.endLsn).toBe(next?.beginLsn);
          expect(span.beginLsn < (span.endLsn ?? 0n)).toBe(true);
          expect(span.timeline < (next?.timeline ?? 0)).toBe(true);
        }
      }),
    );
  });
});

describe('timelineAt', () => {
  const history = parseTimelineHistory('1\t0/100\n2\t0/200\n', 3);

  test('gives the byte at a branch to the new timeline', () => {
    expect([0xffn, 0x100n, 0x1ffn, 0x200n].map((lsn) => timelineAt(history, lsn))).toEqual([
      1, 2, 2, 3,
    ]);
  });

  test("agrees with PostgreSQL's search", () => {
    const near = fc.bigInt({ min: 0n, max: BigInt(5 * MiB) });
    fc.assert(
      fc.property(histories, near, fc.nat(), (any, lsn, pick) => {
        const ends = any.parents.map(({ endLsn }) => endLsn);
        const edge = ends[pick % Math.max(ends.length, 1)] ?? lsn;
        for (const point of [lsn, edge, edge + 1n, edge > 0n ? edge - 1n : 0n]) {
          expect(timelineAt(any, point)).toBe(youngestCovering(any, point));
        }
      }),
    );
  });
});

describe('switchPoint', () => {
  test('is where a parent was left', () => {
    const history = parseTimelineHistory('1\t0/100\n2\t0/200\n', 3);
    expect(switchPoint(history, 1)).toBe(0x100n);
    expect(switchPoint(history, 2)).toBe(0x200n);
  });

  test('is nowhere for the timeline itself and for strangers', () => {
    const history = parseTimelineHistory('1\t0/100\n', 3);
    expect(switchPoint(history, 3)).toBeUndefined();
    expect(switchPoint(history, 2)).toBeUndefined();
  });
});

describe('segmentTimeline', () => {
  test('gives the segment of a branch, and all after it, to the new timeline', () => {
    const history = parseTimelineHistory('1\t0/280000\n2\t0/400000\n', 3);
    const wanted = [0n, 1n, 2n, 3n, 4n, 5n].map((number) => segmentTimeline(history, number, MiB));
    expect(wanted).toEqual([1, 1, 2, 2, 3, 3]);
  });

  test('gives a segment with several branches to the youngest', () => {
    const history = parseTimelineHistory('1\t0/210000\n2\t0/220000\n', 3);
    expect(segmentTimeline(history, 2n, MiB)).toBe(3);
    expect(segmentTimeline(history, 1n, MiB)).toBe(1);
  });

  test('is the timeline of the last byte before the next segment, for every history', () => {
    fc.assert(
      fc.property(histories, fc.bigInt({ min: 0n, max: 6n }), (history, number) => {
        const lastByte = (number + 1n) * BigInt(MiB) - 1n;
        expect(segmentNumberAt(lastByte, MiB)).toBe(number);
        expect(segmentTimeline(history, number, MiB)).toBe(youngestCovering(history, lastByte));
      }),
    );
  });
});
