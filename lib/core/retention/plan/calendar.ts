/** What a calendar divides time into. */
export type Period = 'day' | 'week' | 'month' | 'year';

/** Days, weeks, months and years as a clock on the wall in one zone shows them. */
export interface Calendar {
  /** Number of the period in which `at` lies: consecutive, larger for later ones. */
  periodOf(period: Period, at: Date): number;
  /** The first moment of a period, which on a day of changing clocks need not be midnight. */
  startOf(period: Period, number: number): Date;
  /** Such as `2026-11-30`, `the week of 2026-11-30`, `2026-11` or `2026`. */
  nameOf(period: Period, number: number): string;
}

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
/** No clock is further from UTC, in either direction. */
const FURTHEST_OFFSET_MS = DAY_MS;
/** Days count from 1970-01-01, and 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4;

/**
 * The calendar of an IANA zone.
 *
 * @see ECMA-402 Intl.DateTimeFormat, which knows every change of the zone's clocks
 */
export function calendarIn(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const dayAt = (at: Date): number => {
    const part = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, value]),
    );
    return Date.UTC(Number(part['year']), Number(part['month']) - 1, Number(part['day'])) / DAY_MS;
  };
  const startOfDay = (day: number): Date => {
    // The last second known to lie before that day, and the first known not to: clocks change at seconds.
    let before = (day * DAY_MS - FURTHEST_OFFSET_MS) / SECOND_MS - 1;
    let within = (day * DAY_MS + FURTHEST_OFFSET_MS) / SECOND_MS;
    while (within - before > 1) {
      const middle = Math.floor((before + within) / 2);
      if (dayAt(new Date(middle * SECOND_MS)) < day) before = middle;
      else within = middle;
    }
    return new Date(within * SECOND_MS);
  };
  return {
    periodOf: (period, at) => periodOfDay(period, dayAt(at)),
    startOf: (period, number) => startOfDay(firstDayOf(period, number)),
    nameOf: (period, number) => nameOf(period, firstDayOf(period, number)),
  };
}

function periodOfDay(period: Period, day: number): number {
  if (period === 'day') return day;
  if (period === 'week') return Math.floor((day - FIRST_MONDAY) / 7);
  const date = new Date(day * DAY_MS);
  const year = date.getUTCFullYear();
  return period === 'year' ? year : year * 12 + date.getUTCMonth();
}

function firstDayOf(period: Period, number: number): number {
  if (period === 'day') return number;
  if (period === 'week') return number * 7 + FIRST_MONDAY;
  if (period === 'year') return Date.UTC(number, 0) / DAY_MS;
  return Date.UTC(Math.floor(number / 12), number % 12) / DAY_MS;
}

function nameOf(period: Period, firstDay: number): string {
  const name = new Date(firstDay * DAY_MS).toISOString().slice(0, 10);
  if (period === 'week') return `the week of ${name}`;
  return period === 'day' ? name : name.slice(0, period === 'month' ? 7 : 4);
}
