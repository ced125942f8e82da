import { z } from 'zod';
import { TimeZone } from '../../core/config/time-zone.ts';
import { offsetMs, skippedStarts } from './skipped-starts.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const HOUR_SEC = 3_600;
const DAY_SEC = 24 * HOUR_SEC;
const WEEK_SEC = 7 * DAY_SEC;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day such as 02:30');
/** When something is started: at each of the times, on each of the days, in one time zone. */
export const Schedule = z
  .strictObject({
    /** Local times. */
    at: z.array(TimeOfDay).min(1).max(24).default(['02:30']),
    days: z.union([z.literal('daily'), z.array(z.enum(DAYS)).min(1)]).default('daily'),
    timeZone: TimeZone.default('UTC'),
  })
  .superRefine(({ at, days, timeZone }, context) => {
    const onDays = new Set((days === 'daily' ? DAYS : days).map((day) => DAYS.indexOf(day)));
    const skipped = skippedStarts(at, timeZone, Date.now()).filter(({ weekday }) =>
      onDays.has(weekday),
    );
    for (const [index, time] of at.entries()) {
      const first = skipped.find((start) => start.time === time);
      if (first === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: ['at', index],
        message: `${time} does not exist in ${timeZone} on ${first.date}, when clocks go forward, and nothing is started then: take another hour`,
      });
    }
  });
export type Schedule = z.output<typeof Schedule>;

/**
 * The schedule in EventBridge Scheduler's words; one expression for each different minute.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 * @example cronExpressions({ at: ['02:30', '14:30'], days: 'daily', timeZone: 'UTC' })
 *   // ['cron(30 2,14 * * ? *)']
 */
export function cronExpressions({ at, days }: Schedule): readonly string[] {
  const weekdays = days === 'daily' ? undefined : inWeek(days).map((day) => day.toUpperCase());
  const onDays = weekdays === undefined ? '* * ?' : `? * ${weekdays.join(',')}`;
  const hoursByMinute = Map.groupBy([...new Set(at)].sort(), (time) => Number(time.slice(3)));
  return [...hoursByMinute].map(([minute, times]) => {
    const hours = times.map((time) => Number(time.slice(0, 2)));
    return `cron(${minute} ${hours.join(',')} ${onDays} *)`;
  });
}

/** Longest time between two starts, in seconds, and an hour for a change from summer time. */
export function longestGapSec(schedule: Schedule): number {
  return clockGapSec(schedule) + HOUR_SEC;
}

/** Longest time between two starts in whole days, as a calendar counts them. */
export function intervalDays(schedule: Schedule): number {
  return Math.ceil(clockGapSec(schedule) / DAY_SEC);
}

/**
 * The hour of the day, in UTC and winter time, that is farthest from all starts: for what must not meet
 * a backup.
 */
export function quietHourUtc({ at, timeZone }: Schedule): number {
  const starts = at.map((time) => secondsOf(time) / HOUR_SEC);
  const distance = (hour: number): number =>
    Math.min(
      ...starts.map((start) => {
        const apart = Math.abs(hour - start);
        return Math.min(apart, 24 - apart);
      }),
    );
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  const quietest = hours.reduce((best, hour) => (distance(hour) > distance(best) ? hour : best));
  return (quietest - Math.round(winterOffsetHours(timeZone)) + 24) % 24;
}

function clockGapSec({ at, days }: Schedule): number {
  const daySecs = (days === 'daily' ? DAYS : days).map((day) => DAYS.indexOf(day) * DAY_SEC);
  const starts = daySecs
    .flatMap((day) => at.map((time) => day + secondsOf(time)))
    .sort((one, other) => one - other);
  const gaps = starts.map((start, index) => {
    const next = starts[index + 1] ?? (starts[0] ?? 0) + WEEK_SEC;
    return next - start;
  });
  return Math.max(...gaps);
}

function winterOffsetHours(timeZone: string): number {
  const winter = Date.UTC(2026, 0, 15);
  const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  return offsetMs(zone, winter) / (HOUR_SEC * 1_000);
}

function inWeek(days: readonly (typeof DAYS)[number][]): readonly string[] {
  return DAYS.filter((day) => days.includes(day));
}

function secondsOf(time: string): number {
  return Number(time.slice(0, 2)) * HOUR_SEC + Number(time.slice(3)) * 60;
}
