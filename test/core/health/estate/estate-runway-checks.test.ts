import { describe, expect, test } from 'vitest';
import { ago, everyFive, judge } from './estate-stage.ts';

const HOURS = 72;
const MORE_THAN_TEN_YEARS = 3_650;
/** Six hours of points, worse by so much at each. */
const towards = (newest: number, perStep: number): ReturnType<typeof everyFive> =>
  everyFive(HOURS, (step) => newest - perStep * step);
/** One point an hour of so many days. */
const hourly = (days: number, of: (hoursAgo: number) => number): ReturnType<typeof ago> =>
  ago(Object.fromEntries(Array.from({ length: days * 24 }, (_, hour) => [hour * 60, of(hour)])));

const PER_DAY = 288;

describe.each([
  ['B2 disk-runway', 'B2', 'diskShort', 'DiskDaysLeft', 80, -20, 0],
  ['A15r slot-runway', 'A15r', 'slots', 'SlotDaysLeft', 80, -40, 0],
] as const)('%s', (_, id, name, metric, value, perDay, limit) => {
  test('is ok while there is no end in sight', () => {
    const judgement = judge(id, { [name]: towards(value, 0) });
    expect(judgement).toMatchObject({
      standing: 'ok',
      says: expect.stringContaining('no end in sight'),
      values: { [metric]: MORE_THAN_TEN_YEARS },
    });
  });

  test('tells of the days that are left, and of what is soon', () => {
    const { values } = judge(id, { [name]: towards(value, perDay / PER_DAY) });
    expect(values?.[metric]).toBeCloseTo((limit - value) / perDay, 4);
    const fast = judge(id, { [name]: towards(value, (perDay * 40) / PER_DAY) });
    expect(fast).toMatchObject({ standing: 'page', says: expect.stringContaining(' h left') });
  });

  test('is not blind, but young, after two points', () => {
    expect(judge(id, { [name]: ago({ 5: value, 0: value }) })).toMatchObject({
      standing: 'ok',
      says: expect.stringContaining('too young for a trend'),
      values: { [metric]: MORE_THAN_TEN_YEARS },
    });
  });

  test('is blind when nothing was published', () => {
    expect(judge(id, {})).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('nothing was published'),
    });
  });
});

describe('B2 disk-runway, by its room', () => {
  test.each([
    [60, 'ok'],
    [20, 'warn'],
    [9, 'page'],
  ])('%s %% that stays is %s', (free, standing) => {
    expect(judge('B2', { diskShort: towards(free, 0) })).toMatchObject({
      standing,
      says: `${free} % free; no end in sight`,
    });
  });

  test('counts anew once the volume has grown', () => {
    const grown = everyFive(HOURS, (step) => (step < 20 ? 70 : 10 + step / 4));
    expect(judge('B2', { diskShort: grown })).toMatchObject({
      standing: 'ok',
      values: { DiskDaysLeft: MORE_THAN_TEN_YEARS },
    });
  });
});

describe('A15r slot-runway, within hours', () => {
  test('sees in an hour what six hours do not show', () => {
    const held = everyFive(HOURS, (step) => (step < 12 ? 60 + step * 3 : 100));
    const { standing, values } = judge('A15r', { slots: held });
    expect(standing).toBe('page');
    expect(values?.SlotDaysLeft).toBeCloseTo(60 / (3 * PER_DAY), 3);
  });
});

describe('A17r xid-runway', () => {
  const fast = { xidShort: towards(250_000_000, 1_000_000) };

  test('is ok while autovacuum still turns it round, and says what would be without it', () => {
    expect(judge('A17r', { ...fast, freeze: ago({ 5: 90 }) })).toMatchObject({
      standing: 'ok',
      says: 'autovacuum freezes before; without it 6.6 days',
      values: { XidDaysLeft: MORE_THAN_TEN_YEARS },
    });
  });

  test('pages once freezing is overdue, or nobody says that it is not', () => {
    const left = (2 ** 31 - 3_000_000 - 250_000_000) / (1_000_000 * PER_DAY);
    for (const freeze of [ago({ 5: 126 }), []]) {
      const judgement = judge('A17r', { ...fast, freeze });
      expect(judgement.standing).toBe('page');
      expect(judgement.values?.XidDaysLeft).toBeCloseTo(left, 3);
    }
  });

  test('is blind when nothing was published', () => {
    expect(judge('A17r', {})).toMatchObject({ standing: 'blind' });
  });
});

describe('A18r multixact-runway', () => {
  test('is ok below where autovacuum begins, and pages above it', () => {
    expect(judge('A18r', { multixactShort: towards(15, 0.1) })).toMatchObject({
      standing: 'ok',
      values: { MultixactDaysLeft: MORE_THAN_TEN_YEARS },
    });
    const { standing, values } = judge('A18r', { multixactShort: towards(40, 0.1) });
    expect(standing).toBe('page');
    expect(values?.MultixactDaysLeft).toBeCloseTo(60 / (0.1 * PER_DAY), 4);
  });

  test('is blind when nothing was published', () => {
    expect(judge('A18r', {})).toMatchObject({ standing: 'blind' });
  });
});

describe('B11r sequence-runway, by days', () => {
  test('pages when the week’s growth ends within the month, and is ok without any', () => {
    const { standing, values } = judge('B11r', { sequenceLong: hourly(7, (h) => 80 - h / 6) });
    expect(standing).toBe('page');
    expect(values?.SequenceDaysLeft).toBeCloseTo(5, 0);
    expect(judge('B11r', { sequenceLong: hourly(7, () => 80) })).toMatchObject({
      standing: 'ok',
      says: 'no end in sight',
    });
  });

  test.each([
    ['of now', 0, 4],
    ['of yesterday', 30, 36],
    ['of the middle of the week', 81, 87],
  ])('takes a bulk load %s for no trend that pages', (_, endedAgo, beganAgo) => {
    // By 10 % of all numbers.
    const share = (hour: number): number =>
      Math.min(1, Math.max(0, (beganAgo - hour) / (beganAgo - endedAgo)));
    const { standing } = judge('B11r', { sequenceLong: hourly(7, (h) => 20 + 10 * share(h)) });
    expect(standing).not.toBe('page');
  });

  test('is young for a whole day, and blind when nothing was published', () => {
    expect(judge('B11r', { sequenceLong: hourly(1, (h) => 80 - h) })).toMatchObject({
      standing: 'ok',
      says: 'too young for a trend',
    });
    expect(judge('B11r', {})).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('nothing was published'),
    });
  });
});

describe('B5r connection-runway', () => {
  test('takes no morning for a trend', () => {
    const days = hourly(7, (hour) => ((168 - hour) % 24 < 8 ? 10 : 60));
    expect(judge('B5r', { connections: days })).toMatchObject({
      standing: 'ok',
      values: { ConnectionDaysLeft: MORE_THAN_TEN_YEARS },
    });
  });

  test('pages when the peaks of days grow towards the limit', () => {
    const days = hourly(7, (hour) => 95 - (hour / 24) * 8 - (hour % 24 < 8 ? 0 : 5));
    const { standing, values } = judge('B5r', { connections: days });
    expect(standing).toBe('page');
    expect(values?.ConnectionDaysLeft).toBeLessThan(1);
  });

  test('is blind when nothing was published', () => {
    expect(judge('B5r', { connections: [] })).toMatchObject({ standing: 'blind' });
  });
});

describe('B4r wal-surge and B20r commits-collapsed', () => {
  const MIB = 1_048_576;
  const week = (value: number): ReturnType<typeof ago> => hourly(7, () => value);

  test('B4r is ok at what is usual, and worse at many times of it', () => {
    const walHours = week(2 * MIB);
    expect(judge('B4r', { walHours, walNow: ago({ 1: 2 * MIB }) })).toMatchObject({
      standing: 'ok',
      values: { WalRatePercent: 100 },
    });
    expect(judge('B4r', { walHours, walNow: ago({ 1: 8 * MIB }) }).standing).toBe('warn');
    expect(judge('B4r', { walHours, walNow: ago({ 1: 24 * MIB }) })).toMatchObject({
      standing: 'page',
      says: '24.0 MiB/s; usual at this hour: 2.0 MiB/s',
      values: { WalRatePercent: 1_200 },
    });
  });

  test('B4r makes nothing of many times of next to nothing', () => {
    const fact = { walHours: week(10), walNow: ago({ 1: 20_000 }) };
    expect(judge('B4r', fact).standing).toBe('ok');
  });

  test('B20r is ok at what is usual, and worse when hardly anything commits', () => {
    const commitsHours = week(1_000);
    expect(judge('B20r', { commitsHours, commitsNow: ago({ 1: 900 }) }).standing).toBe('ok');
    expect(judge('B20r', { commitsHours, commitsNow: ago({ 1: 300 }) }).standing).toBe('warn');
    expect(judge('B20r', { commitsHours, commitsNow: ago({ 1: 0 }) })).toMatchObject({
      standing: 'page',
      values: { CommitPercent: 0 },
    });
  });

  test('B20r takes a weekend as the one before it was', () => {
    const commitsHours = hourly(8, (hour) => (hour >= 156 && hour < 180 ? 300 : 6_000));
    expect(judge('B20r', { commitsHours, commitsNow: ago({ 1: 290 }) })).toMatchObject({
      standing: 'ok',
      says: '290 a minute; usual at this hour: 300',
    });
    expect(judge('B20r', { commitsHours, commitsNow: ago({ 1: 20 }) }).standing).toBe('page');
  });

  test('B20r expects no more than most days have, after a week that had more', () => {
    const commitsHours = hourly(8, (hour) => (hour >= 156 && hour < 180 ? 60_000 : 600));
    expect(judge('B20r', { commitsHours, commitsNow: ago({ 1: 590 }) }).standing).toBe('ok');
  });

  test('B20r makes nothing of none where few are usual', () => {
    const fact = { commitsHours: week(20), commitsNow: ago({ 1: 0 }) };
    expect(judge('B20r', fact)).toMatchObject({ standing: 'ok', values: { CommitPercent: 100 } });
  });

  test.each([
    ['B4r', { walHours: week(1) }, { walNow: ago({ 1: 1 }), walHours: hourly(2, () => 1) }],
    [
      'B20r',
      { commitsHours: week(1) },
      { commitsNow: ago({ 1: 1 }), commitsHours: hourly(2, () => 1) },
    ],
  ] as const)('%s is blind without a value of now, and absent while young', (id, blind, young) => {
    expect(judge(id, blind)).toMatchObject({
      standing: 'blind',
      says: expect.stringContaining('has not said'),
    });
    expect(judge(id, young)).toMatchObject({ standing: 'absent' });
  });
});
