import { describe, expect, test } from 'vitest';
import { skippedStarts } from '../../../lib/infra/deployment/skipped-starts.ts';

const DECEMBER = Date.UTC(2026, 11, 1);

describe('skippedStarts', () => {
  test.each([
    ['Europe/Berlin', '02:00', '2027-03-28', 0],
    ['Europe/Berlin', '02:59', '2027-03-28', 0],
    ['Europe/London', '01:30', '2027-03-28', 0],
    ['America/New_York', '02:30', '2027-03-14', 0],
    ['Australia/Lord_Howe', '02:15', '2027-10-03', 0],
    ['Africa/Cairo', '00:30', '2027-04-30', 5],
    ['America/Havana', '00:00', '2027-03-14', 0],
  ])('in %s %s does not exist on %s', (timeZone, time, date, weekday) => {
    expect(skippedStarts([time], timeZone, DECEMBER)[0]).toEqual({ time, date, weekday });
  });

  test.each([
    ['Europe/Berlin', '01:59'],
    ['Europe/Berlin', '03:00'],
    ['America/New_York', '01:30'],
    ['Australia/Lord_Howe', '02:30'],
    ['Asia/Tokyo', '02:30'],
    ['UTC', '02:30'],
  ])('in %s there is %s on every day, also on those when clocks change', (timeZone, time) => {
    expect(skippedStarts([time], timeZone, DECEMBER)).toEqual([]);
  });

  test('names each time that is left out, for two years', () => {
    const found = skippedStarts(['01:00', '02:15', '02:45'], 'Europe/Berlin', DECEMBER);
    expect(found.map(({ time, date }) => `${date} ${time}`)).toEqual([
      '2027-03-28 02:15',
      '2027-03-28 02:45',
      '2028-03-26 02:15',
      '2028-03-26 02:45',
    ]);
  });
});
