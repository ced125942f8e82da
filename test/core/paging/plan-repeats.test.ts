import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRepeats, unacknowledged } from '../../../lib/core/paging/plan-repeats.ts';
import { ALARM, alarmInAlarm, CONFIG, PAGE_TOPIC, TICKET_TOPIC } from './samples.ts';

const MINUTE_MS = 60_000;
const START = Date.UTC(2026, 11, 1);
const minute = (count: number): Date => new Date(START + count * MINUTE_MS);

function isDue(since: Date, scheduledTime: Date, repeatMinutes = 15, tickMinutes = 5): boolean {
  const alarm = alarmInAlarm({ transitionedAt: since });
  const timing = { scheduledTime, repeatMinutes, tickMinutes };
  return planRepeats([alarm], CONFIG, timing).length === 1;
}

describe('a repetition', () => {
  test('is due once an interval has passed, and then once in each', () => {
    const due = Array.from({ length: 13 }, (_, tick) => 5 * tick).filter((at) =>
      isDue(minute(2), minute(at)),
    );
    expect(due).toEqual([20, 35, 50]);
  });

  test('is due on the very minute', () => {
    expect(isDue(minute(0), minute(15))).toBe(true);
    expect(isDue(new Date(minute(0).getTime() + 1), minute(15))).toBe(false);
    expect(isDue(new Date(minute(0).getTime() + 1), minute(20))).toBe(true);
  });

  test('is due at every look when the interval is shorter than the time between two', () => {
    const due = [5, 10, 15, 20].filter((at) => isDue(minute(0), minute(at), 2));
    expect(due).toEqual([5, 10, 15, 20]);
  });

  test('is not due for an alarm that went off after a look that is tried again', () => {
    expect(isDue(minute(10), minute(5))).toBe(false);
  });

  test('comes exactly once in each interval, wherever the looks fall', () => {
    const tick = 5;
    const cases = fc.record({
      sinceMs: fc.integer({ min: 0, max: 1_440 * MINUTE_MS }),
      offsetMs: fc.integer({ min: 0, max: tick * MINUTE_MS - 1 }),
      repeatMinutes: fc.integer({ min: tick, max: 240 }),
    });
    fc.assert(
      fc.property(cases, ({ sinceMs, offsetMs, repeatMinutes }) => {
        const since = new Date(START + sinceMs);
        const looks = Array.from(
          { length: 800 },
          (_, index) => new Date(START + offsetMs + index * tick * MINUTE_MS),
        );
        const due = looks.filter((look) => isDue(since, look, repeatMinutes, tick));
        const intervals = due.map((look) =>
          Math.floor((look.getTime() - since.getTime()) / (repeatMinutes * MINUTE_MS)),
        );
        // 1, 2, 3…: none twice, none left out.
        expect(intervals).toEqual(intervals.map((_, index) => index + 1));
        expect(intervals.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('who is paged again', () => {
  const timing = { scheduledTime: minute(15), repeatMinutes: 15, tickMinutes: 5 };
  const due = { transitionedAt: minute(0) };

  test('alarms of the environment that page, a cluster’s and its own', () => {
    const alarms = [
      alarmInAlarm(due),
      alarmInAlarm({ ...due, name: 'holdfast-prod-PagerFailing' }),
    ];
    expect(planRepeats(alarms, CONFIG, timing)).toEqual(alarms);
  });

  test.each([
    { what: 'another topic’s', more: { actions: [TICKET_TOPIC] } },
    { what: 'one that tells nobody', more: { actions: [] } },
    { what: 'another environment’s', more: { name: 'holdfast-dev-orders-BackupMissed' } },
    { what: 'somebody else’s', more: { name: 'holdfast-prod-orders' } },
  ])('no alarm that is $what', ({ more }) => {
    expect(planRepeats([alarmInAlarm({ ...due, ...more })], CONFIG, timing)).toEqual([]);
  });

  test('one that tells others too', () => {
    const alarm = alarmInAlarm({ ...due, actions: ['arn:aws:ssm:x:1:opsitem:1', PAGE_TOPIC] });
    expect(planRepeats([alarm], CONFIG, timing)).toEqual([alarm]);
  });
});

describe('unacknowledged', () => {
  const by = 'ada';
  const at = minute(20);
  const alarm = alarmInAlarm({ transitionedAt: minute(10) });

  test('leaves out what somebody has taken note of', () => {
    const known = new Map([[ALARM, { alarm: ALARM, by, at, transitionedAt: minute(10) }]]);
    expect(unacknowledged([alarm], known)).toEqual([]);
  });

  test('keeps what went off again since', () => {
    const known = new Map([[ALARM, { alarm: ALARM, by, at, transitionedAt: minute(9) }]]);
    expect(unacknowledged([alarm], known)).toEqual([alarm]);
  });
});
