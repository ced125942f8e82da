import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cronExpressions,
  longestGapSec,
  quietHourUtc,
  Schedule,
} from '../../../lib/infra/deployment/schedule.ts';
import { momentsOf } from '../support/local-time.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTES_A_DAY = 1_440;
const FORTNIGHT = 14;
/** A Sunday. */
const SUNDAY_MS = Date.UTC(2026, 10, 29);

const time = fc
  .integer({ min: 0, max: MINUTES_A_DAY - 1 })
  .map((minute) =>
    [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':'),
  );
const schedules = fc.record({
  at: fc.array(time, { minLength: 1, maxLength: 6 }),
  days: fc.oneof(
    fc.constant('daily' as const),
    fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }),
  ),
  timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
});

/** Local starts within `days` days of `fromMs`, a midnight, as if they were UTC. */
function startsOf({ at, days }: Schedule, fromMs: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, day) => fromMs + day * MINUTES_A_DAY * 60_000)
    .filter((midnight) => isOn(days, midnight))
    .flatMap((midnight) => [...new Set(at)].map((text) => midnight + minuteOf(text) * 60_000))
    .toSorted((one, other) => one - other);
}

function isOn(days: Schedule['days'], midnight: number): boolean {
  const day = DAYS[new Date(midnight).getUTCDay()];
  return days === 'daily' || (day !== undefined && days.includes(day));
}

function minuteOf(text: string): number {
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
}

/** When EventBridge Scheduler starts something, by local time; for the shapes that are used. */
function matcher(expression: string): (localMs: number) => boolean {
  const fields = /^cron\((\d+) ([\d,]+) (\*|\?) \* (\?|[A-Z,]+) \*\)$/.exec(expression);
  if (fields === null) throw new Error(`another shape: ${expression}`);
  const [, minute = '', hourList = '', , dayList = ''] = fields;
  const hours = new Set(hourList.split(',').map(Number));
  const days = dayList === '?' ? undefined : dayList.split(',');
  return (localMs) => {
    const local = new Date(localMs);
    return (
      local.getUTCMinutes() === Number(minute) &&
      hours.has(local.getUTCHours()) &&
      (days?.includes(DAYS[local.getUTCDay()]?.toUpperCase() ?? '') ?? true)
    );
  };
}

describe('cronExpressions', () => {
  test.each([
    [{ at: ['02:30'] }, ['cron(30 2 * * ? *)']],
    [{ at: ['14:30', '02:30'] }, ['cron(30 2,14 * * ? *)']],
    [{ at: ['02:30', '14:00'] }, ['cron(30 2 * * ? *)', 'cron(0 14 * * ? *)']],
    [{ at: ['00:00'], days: ['sat', 'mon'] as const }, ['cron(0 0 ? * MON,SAT *)']],
  ])('writes %j', (schedule, expressions) => {
    expect(cronExpressions(Schedule.parse(schedule))).toEqual(expressions);
  });

  test('start everything that is scheduled in a fortnight once, and nothing else', () => {
    const minutes = Array.from(
      { length: FORTNIGHT * MINUTES_A_DAY },
      (_, minute) => SUNDAY_MS + minute * 60_000,
    );
    fc.assert(
      fc.property(schedules, (schedule) => {
        const matchers = cronExpressions(schedule).map(matcher);
        const started = minutes.flatMap((local) =>
          matchers.filter((isStarted) => isStarted(local)).map(() => local),
        );
        expect(started).toEqual(startsOf(schedule, SUNDAY_MS, FORTNIGHT));
      }),
      { numRuns: 30 },
    );
  });

  test('are few: one for each minute of the hour', () => {
    const everyHour = Array.from(
      { length: 24 },
      (_, hour) => `${String(hour).padStart(2, '0')}:15`,
    );
    expect(cronExpressions(Schedule.parse({ at: everyHour }))).toHaveLength(1);
  });
});

describe('longestGapSec', () => {
  test.each([
    [{ at: ['02:30'] }, 25],
    [{ at: ['02:00', '14:00'] }, 13],
    [{ at: ['02:00', '03:00'] }, 24],
    [{ at: ['02:00'], days: ['sun'] as const }, 7 * 24 + 1],
    [{ at: ['02:00'], days: ['mon', 'tue'] as const }, 6 * 24 + 1],
  ])('of %j is %i hours, with one for the end of summer time', (schedule, hours) => {
    expect(longestGapSec(Schedule.parse(schedule))).toBe(hours * 3_600);
  });

  test('is not exceeded in any fortnight, whichever of two equal local times is taken', () => {
    const weeks = fc.oneof(
      // Before clocks change in each of the zones, and any other.
      fc.constantFrom('2027-03-07', '2027-03-21', '2027-03-28', '2027-10-24', '2027-10-31'),
      fc
        .integer({ min: 0, max: 100 })
        .map((week) => new Date(SUNDAY_MS + week * 7 * 86_400_000).toISOString().slice(0, 10)),
    );
    const accepted = schedules.filter((schedule) => Schedule.safeParse(schedule).success);
    fc.assert(
      fc.property(accepted, weeks, (schedule, week) => {
        const moments = startsOf(schedule, Date.parse(week), 2 * FORTNIGHT).map((local) =>
          momentsOf(local, schedule.timeZone),
        );
        const gapsSec = moments.slice(1).map((next, index) => {
          const before = moments[index]?.[0] ?? Number.NaN;
          return ((next.at(-1) ?? Number.NaN) - before) / 1_000;
        });
        expect(gapsSec.filter((gap) => !(gap <= longestGapSec(schedule)))).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a schedule', () => {
  test('refuses a local time that a change to summer time leaves out: nothing would be started', () => {
    const faults = Schedule.safeParse({ at: ['01:30', '02:30'], timeZone: 'Europe/Berlin' }).error;
    expect(faults?.issues).toEqual([
      expect.objectContaining({
        path: ['at', 1],
        message: expect.stringContaining('02:30 does not exist in Europe/Berlin on 20'),
      }),
    ]);
  });

  test('takes that time on days when clocks never change', () => {
    const schedule = { at: ['02:30'], days: ['mon'] as const, timeZone: 'Europe/Berlin' };
    expect(Schedule.safeParse(schedule).success).toBe(true);
  });

  test.each(['Mars/Olympus', 'CEST', '+02:00', '-05:00', ''])(
    'refuses the time zone “%s”',
    (timeZone) => {
      const faults = Schedule.safeParse({ timeZone }).error;
      expect(faults?.issues.map(({ path }) => path.join('.'))).toEqual(['timeZone']);
    },
  );

  test.each(['2:30', '24:00', '12:60', '02:30:00', '02.30', ''])(
    'refuses the time “%s”',
    (text) => {
      const faults = Schedule.safeParse({ at: [text] }).error;
      expect(faults?.issues.map(({ path }) => path.join('.'))).toEqual(['at.0']);
    },
  );

  test.each([{ at: [] }, { days: [] }, { days: ['sunday'] }, { days: 'weekly' }])(
    'refuses %j',
    (schedule) => {
      expect(Schedule.safeParse(schedule).success).toBe(false);
    },
  );
});

describe('the quiet hour', () => {
  const daily = { days: 'daily' } as const;

  test.each([
    ['half a day from one start', { at: ['02:00'], timeZone: 'UTC' }, 14],
    ['in the middle of the longest pause', { at: ['00:00', '06:00'], timeZone: 'UTC' }, 15],
    ['told in UTC', { at: ['02:00'], timeZone: 'Europe/Berlin' }, 13],
    ['told in UTC, a day before', { at: ['02:00'], timeZone: 'Asia/Tokyo' }, 5],
    ['told in UTC, a day after', { at: ['14:00'], timeZone: 'America/New_York' }, 7],
  ])('is %s', (_, schedule, hour) => {
    expect(quietHourUtc({ ...daily, ...schedule })).toBe(hour);
  });

  test('is as far from every start as an hour can be', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const inUtc = { ...schedule, timeZone: 'UTC' };
        const distance = (hour: number): number =>
          Math.min(
            ...schedule.at.map((text) => {
              const apart = Math.abs(hour * 60 - minuteOf(text));
              return Math.min(apart, MINUTES_A_DAY - apart);
            }),
          );
        const best = Math.max(...Array.from({ length: 24 }, (__, hour) => distance(hour)));
        expect(distance(quietHourUtc(inUtc))).toBe(best);
      }),
    );
  });
});
