import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queriesLook, statementUse } from '../../../lib/core/diagnosis/parts/queries.ts';
import {
  decodeReading,
  encodeReading,
  readingOf,
  type StatementCount,
  type StatementReading,
} from '../../../lib/core/diagnosis/statement-reading.ts';

const AT = new Date('2026-12-01T05:10:00.000Z');
const counts = (queryId: string, calls: number, ms: number): StatementCount => ({
  queryId,
  role: 'app',
  database: 'shop',
  calls,
  ms,
});
const reading = (sec: number, ...statements: readonly StatementCount[]): StatementReading => ({
  at: new Date(AT.getTime() + sec * 1_000),
  statements,
});
const anyReading = fc
  .uniqueArray(
    fc.record({
      queryId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
      role: fc.string(),
      database: fc.string(),
      calls: fc.nat(),
      ms: fc.nat(),
    }),
    { selector: ({ queryId }) => queryId, maxLength: 60 },
  )
  .map((statements): StatementReading => ({ at: AT, statements }));

describe('what ran between two readings', () => {
  test('is told by its share of the time, the most first', () => {
    const look = queriesLook(
      reading(0, counts('1', 10, 5_000), counts('2', 10, 100)),
      reading(300, counts('1', 20, 6_000), counts('2', 1_010, 3_100)),
    );
    expect(look.says).toBe(
      'last 5 min 0 s: 2 (app in shop) 75 %, 1000 calls, 3.0 s; 1 (app in shop) 25 %, 10 calls, 1.0 s',
    );
    expect(look.rows?.[0]).toMatchObject({ queryId: '2', ms: 3_000, periodSec: 300 });
  });

  test('is nothing when nothing took any time', () => {
    const same = counts('1', 10, 5_000);
    expect(queriesLook(reading(0, same), reading(3, same)).says).toBe(
      'last 3 s: no statement took any time',
    );
  });

  test('counts one that was not among those read before by what it surely took since', () => {
    const [use] = statementUse(reading(0, counts('1', 9, 400)), reading(3, counts('2', 5, 1_000)));
    expect(use).toMatchObject({ queryId: '2', ms: 600 });
  });

  test('counts one that was set back from there on', () => {
    const [use] = statementUse(reading(0, counts('1', 900, 5_000)), reading(3, counts('1', 5, 70)));
    expect(use).toMatchObject({ calls: 5, ms: 70 });
  });

  test('is never negative, and its shares are none above 100', () => {
    fc.assert(
      fc.property(anyReading, anyReading, (before, after) => {
        for (const { ms, calls, sharePercent } of statementUse(before, after)) {
          expect(ms).toBeGreaterThan(0);
          expect(calls).toBeGreaterThanOrEqual(0);
          expect(sharePercent).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});

describe('a reading that is written down', () => {
  test('is read as it was', () => {
    fc.assert(
      fc.property(anyReading, (one) => {
        expect(decodeReading(encodeReading(one))).toEqual(one);
      }),
    );
  });

  test('is short, whatever ran', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      counts(String(2n ** 62n + BigInt(index)), 123_456_789, 123_456_789),
    );
    expect(encodeReading(reading(0, ...many)).length).toBeLessThan(8_000);
  });

  test.each(['', '{}', 'null', '{"at":"now","s":[]}', '{"at":"2026-12-01T05:10:00Z","s":[[1]]}'])(
    'is none when it is %s',
    (text) => {
      expect(decodeReading(text)).toBeUndefined();
    },
  );

  test('has no row that the server would not give', () => {
    expect(() => readingOf([{ queryId: null }], AT)).toThrow('expected string');
  });
});
