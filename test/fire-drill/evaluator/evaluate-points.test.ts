import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALARM_STATES } from '../../../lib/core/ports/alarm-states.ts';
import type { Counting, Missing } from './alarm.ts';
import { evaluatePoints, evaluationRange, type Point } from './evaluate-points.ts';

/**
 * What CloudWatch's manual says of alarms of 3 of 3 and of 2 of 3 points: a row is the newest five points, the oldest
 * first, and the state with data that is missing, ignored, breaching, not breaching. `=` keeps the state.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
const THREE_OF_THREE = `
0-X-X  OK     OK     OK     OK
0----  OK     OK     OK     OK
----0  OK     OK     OK     OK
-----  NODATA =      ALARM  OK
0XX-X  ALARM  ALARM  ALARM  ALARM
----X  NODATA =      ALARM  OK
---X-  NODATA =      ALARM  OK
--X--  ALARM  =      ALARM  OK
X----  ALARM  =      ALARM  OK
--X-0  OK     OK     OK     OK
---X0  OK     OK     OK     OK
`;
const TWO_OF_THREE = `
0-X-X  ALARM  ALARM  ALARM  ALARM
00X0X  ALARM  ALARM  ALARM  ALARM
0-X--  OK     OK     ALARM  OK
----0  OK     OK     ALARM  OK
----X  NODATA =      ALARM  OK
---X-  ALARM  =      ALARM  OK
`;
const TREATMENTS: readonly Missing[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const STATES = { OK: 'OK', ALARM: 'ALARM', NODATA: 'INSUFFICIENT_DATA' } as const;
const POINTS: Readonly<Record<string, Point>> = { '0': 'good', X: 'bad', '-': 'none' };

function casesOf(table: string, periods: number): readonly Case[] {
  return table
    .trim()
    .split('\n')
    .flatMap((row) => {
      const [signs = '', ...wanted] = row.split(/ +/);
      return TREATMENTS.map((missing, index): Case => ({
        signs,
        alarm: { periods, within: 3, missing },
        wanted: wanted[index] ?? '',
      }));
    });
}

interface Case {
  readonly signs: string;
  readonly alarm: Counting;
  readonly wanted: string;
}

const pointsOf = (signs: string): readonly Point[] =>
  signs.split('').map((sign) => POINTS[sign] ?? 'none');
const isState = (wanted: string): wanted is keyof typeof STATES => wanted in STATES;

describe('the documented tables of missing data', () => {
  test.each([...casesOf(THREE_OF_THREE, 3), ...casesOf(TWO_OF_THREE, 2)])(
    '$alarm.periods of 3, $alarm.missing: $signs is $wanted',
    ({ signs, alarm, wanted }) => {
      for (const current of ALARM_STATES) {
        const state = isState(wanted) ? STATES[wanted] : current;
        expect(evaluatePoints(pointsOf(signs), alarm, current)).toBe(state);
      }
    },
  );
});

const point = fc.constantFrom<Point>('good', 'bad', 'none');
const counting = fc.integer({ min: 1, max: 15 }).chain((within) =>
  fc.record({
    within: fc.constant(within),
    periods: fc.integer({ min: 1, max: within }),
    missing: fc.constantFrom(...TREATMENTS),
  }),
);
const state = fc.constantFrom(...ALARM_STATES);
const range = fc.array(point, { minLength: 17, maxLength: 17 });
/** Of an alarm with points enough. */
const full = fc.array(fc.constantFrom<Point>('good', 'bad'), { minLength: 17, maxLength: 17 });

describe('every alarm', () => {
  test('is OK while all of its data is good', () => {
    fc.assert(
      fc.property(counting, state, (alarm, current) => {
        const points = Array.from({ length: evaluationRange(alarm) }, (): Point => 'good');
        expect(evaluatePoints(points, alarm, current)).toBe('OK');
      }),
    );
  });

  test('fires while all of its data is bad', () => {
    fc.assert(
      fc.property(counting, state, (alarm, current) => {
        const points = Array.from({ length: evaluationRange(alarm) }, (): Point => 'bad');
        expect(evaluatePoints(points, alarm, current)).toBe('ALARM');
      }),
    );
  });

  test('with data in every period asks neither for the treatment nor for its own state', () => {
    fc.assert(
      fc.property(counting, full, state, (alarm, points, current) => {
        const bad = points.slice(-alarm.within).filter((one) => one === 'bad').length;
        const wanted = bad >= alarm.periods ? 'ALARM' : 'OK';
        expect(evaluatePoints(points, alarm, current)).toBe(wanted);
      }),
    );
  });

  test('does not stop firing because one more point is bad', () => {
    fc.assert(
      fc.property(counting, range, state, fc.nat(16), (alarm, points, current, at) => {
        fc.pre(points[at] === 'good');
        fc.pre(evaluatePoints(points, alarm, current) === 'ALARM');
        expect(evaluatePoints(points.with(at, 'bad'), alarm, current)).toBe('ALARM');
      }),
    );
  });

  test('that needs fewer bad points fires at least as often', () => {
    fc.assert(
      fc.property(counting, range, state, (alarm, points, current) => {
        fc.pre(alarm.periods > 1 && evaluatePoints(points, alarm, current) === 'ALARM');
        const sooner = { ...alarm, periods: alarm.periods - 1 };
        expect(evaluatePoints(points, sooner, current)).toBe('ALARM');
      }),
    );
  });

  test('to which silence is bad fires on silence within its evaluation range, whatever was before', () => {
    fc.assert(
      fc.property(counting, range, state, (alarm, before, current) => {
        const silent = { ...alarm, missing: 'breaching' } as const;
        const silence = Array.from({ length: evaluationRange(alarm) }, (): Point => 'none');
        expect(evaluatePoints([...before, ...silence], silent, current)).toBe('ALARM');
      }),
    );
  });

  test('to which silence is good is OK after as long a silence', () => {
    fc.assert(
      fc.property(counting, range, state, (alarm, before, current) => {
        const deaf = { ...alarm, missing: 'notBreaching' } as const;
        const silence = Array.from({ length: evaluationRange(alarm) }, (): Point => 'none');
        expect(evaluatePoints([...before, ...silence], deaf, current)).toBe('OK');
      }),
    );
  });
});
