import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarIn, type Period } from '../../../../lib/core/retention/plan/calendar.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Kiritimati'];
const PERIODS: readonly Period[] = ['day', 'week', 'month', 'year'];
const DAY_MS = 86_400_000;

function nameAt(zone: string, period: Period, at: string): string {
  const calendar = calendarIn(zone);
  return calendar.nameOf(period, calendar.periodOf(period, new Date(at)));
}

function startAt(zone: string, period: Period, at: string): string {
  const calendar = calendarIn(zone);
  return calendar.startOf(period, calendar.periodOf(period, new Date(at))).toISOString();
}

describe('a calendar', () => {
  test('has the days of its zone, not those of UTC', () => {
    const at = '2026-11-30T23:30:00Z';
    expect(nameAt('UTC', 'day', at)).toBe('2026-11-30');
    expect(nameAt('Europe/Berlin', 'day', at)).toBe('2026-12-01');
    expect(nameAt('Europe/Berlin', 'month', at)).toBe('2026-12');
    expect(nameAt('America/New_York', 'month', at)).toBe('2026-11');
    expect(nameAt('Pacific/Kiritimati', 'year', '2026-12-31T10:00:00Z')).toBe('2027');
  });

  test('begins a week on Monday', () => {
    expect(nameAt('UTC', 'week', '2026-11-29T23:59:59Z')).toBe('the week of 2026-11-23');
    expect(nameAt('UTC', 'week', '2026-11-30T00:00:00Z')).toBe('the week of 2026-11-30');
    expect(nameAt('Europe/Berlin', 'week', '2026-11-29T23:00:00Z')).toBe('the week of 2026-11-30');
  });

  test('has a day of 23 hours and one of 25 where the clocks change', () => {
    expect(startAt('Europe/Berlin', 'day', '2026-03-29T12:00:00Z')).toBe(
      '2026-03-28T23:00:00.000Z',
    );
    expect(startAt('Europe/Berlin', 'day', '2026-03-30T12:00:00Z')).toBe(
      '2026-03-29T22:00:00.000Z',
    );
    expect(startAt('Europe/Berlin', 'day', '2026-10-25T12:00:00Z')).toBe(
      '2026-10-24T22:00:00.000Z',
    );
    expect(startAt('Europe/Berlin', 'day', '2026-10-26T12:00:00Z')).toBe(
      '2026-10-25T23:00:00.000Z',
    );
  });

  test('begins a day at one where clocks go forward at midnight', () => {
    expect(startAt('Africa/Cairo', 'day', '2026-04-24T12:00:00Z')).toBe('2026-04-23T22:00:00.000Z');
    expect(startAt('America/Santiago', 'day', '2026-09-06T12:00:00Z')).toBe(
      '2026-09-06T04:00:00.000Z',
    );
  });

  test('passes over the day that Samoa left out', () => {
    const calendar = calendarIn('Pacific/Apia');
    const after = calendar.periodOf('day', new Date('2011-12-30T10:00:00Z'));
    expect(calendar.nameOf('day', after)).toBe('2011-12-31');
    expect(calendar.startOf('day', after - 1)).toEqual(calendar.startOf('day', after));
  });

  test('every moment lies in the period that begins before it and not in the next', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...PERIODS),
        fc.date({
          min: new Date('1990-01-01T00:00:00Z'),
          max: new Date('2040-01-01T00:00:00Z'),
          noInvalidDate: true,
        }),
        (zone, period, at) => {
          const calendar = calendarIn(zone);
          const number = calendar.periodOf(period, at);
          const start = calendar.startOf(period, number);
          const next = calendar.startOf(period, number + 1);
          expect(start <= at && at < next).toBe(true);
          expect(calendar.periodOf(period, start)).toBe(number);
          expect(next.getTime() - start.getTime()).toBeGreaterThan(DAY_MS / 2);
        },
      ),
      { numRuns: 300 },
    );
  });
});
