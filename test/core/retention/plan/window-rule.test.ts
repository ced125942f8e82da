import { describe, expect, test } from 'vitest';
import { historyOf } from '../../../support/wal-fixture.ts';
import {
  backupAt,
  dailyPast,
  daysAgo,
  emptyPast,
  idOf,
  type Past,
  type PastBackup,
} from './past.ts';
import { plan, rulesOf, stayingBackups, going } from './planned.ts';

describe('the recovery window', () => {
  test('keeps its backups, the newest before it, and all WAL from there on', () => {
    const made = plan(dailyPast(30, [2, 10, 18, 25]));
    const [oldest, older, base, inside] = [2, 10, 18, 25].map((start) => backupAt(30, start));
    expect(rulesOf(made, backupAt(30, 25))).toContain('window');
    expect(rulesOf(made, backupAt(30, 18))).toEqual(['window-base']);
    expect(rulesOf(made, backupAt(30, 10))).toEqual(['expired']);
    expect(stayingBackups(made)).toEqual([base, inside].flatMap((one) => one && idOf(one)));
    expect([oldest, older]).toHaveLength(2);
    expect(going(made)).toEqual(['1:1-17']);
  });

  test('passes over a backup whose WAL is not all there, when it looks for the one before', () => {
    const past = dailyPast(30, [10, 18, 25]);
    const made = plan({ ...past, segments: past.segments.filter(({ number }) => number !== 18) });
    expect(made.backups.map(({ state }) => state)).toEqual([
      'restorable',
      'complete',
      'restorable',
    ]);
    expect(rulesOf(made, backupAt(30, 10))).toEqual(['window-base']);
    expect(rulesOf(made, backupAt(30, 18))).toEqual(['expired']);
    expect(going(made)).toEqual(['1:1-9']);
    expect(made.warnings.map(({ rule }) => rule)).toEqual(['not-restorable']);
  });

  test('keeps WAL on both sides of a hole, and cuts what goes at one', () => {
    const past = dailyPast(30, [18, 25]);
    const holes = new Set([5, 20]);
    const segments = past.segments.filter(({ number }) => !holes.has(number));
    expect(going(plan({ ...past, segments }))).toEqual(['1:1-4', '1:6-17']);
  });

  test('keeps what came within it, even before the first backup', () => {
    expect(going(plan(dailyPast(30, [25])))).toEqual(['1:1-20']);
  });

  test('lets a base go once the next backup is old enough, not before', () => {
    const made = plan(dailyPast(30, [18, 25]));
    const [base, inside] = made.backups;
    expect(base?.until).toEqual(daysAgo(30 - 25 + 1 - 10));
    expect(inside?.until).toBeUndefined();
  });

  test('counts a backup with an old time that came just now', () => {
    const past = dailyPast(30, [18, 25]);
    const wrong = { ...backupAt(30, 27), finishedAt: daysAgo(900), arrivedAt: daysAgo(1) };
    const made = plan({ ...past, backups: [...past.backups, wrong] });
    expect(rulesOf(made, wrong)).toContain('window');
  });

  test('keeps a backup from the future, says so, and lets it take no place of another', () => {
    const past = dailyPast(30, [18, 25], { daily: 1, minBackups: 1 });
    const future = { ...backupAt(30, 27), finishedAt: daysAgo(-400) };
    const made = plan({ ...past, backups: [...past.backups, future] });
    expect(rulesOf(made, future)).toEqual(['window']);
    expect(rulesOf(made, backupAt(30, 25))).toEqual(['window', 'newest', 'min-backups', 'daily']);
    expect(made.warnings.map(({ rule }) => rule)).toEqual(['future']);
  });
});

describe('timelines', () => {
  const left = historyOf(2, [[1, 20]]);

  /** Timeline 1 until it was left at segment 20, ten of its segments behind that; timeline 2 from there. */
  function forked(behind: number, policy = {}): Past {
    const past = dailyPast(19 + behind, [5, 12], policy);
    const day = (number: number): number => 40 - number;
    const own = past.segments.map((one) => ({ ...one, arrivedAt: daysAgo(day(one.number) + 12) }));
    const next = Array.from({ length: 15 }, (_, index) => ({
      timeline: 2,
      number: 20 + index,
      arrivedAt: daysAgo(15 - index),
    }));
    return {
      ...past,
      histories: [historyOf(1, []), left],
      writerTimeline: 2,
      segments: [...own, ...next],
      backups: [5, 12].map((start) => ({
        ...backupAt(30, start),
        finishedAt: daysAgo(50 - start),
      })),
    };
  }

  test('that were left before the window keep only what leads to the one that is written', () => {
    const past = forked(8);
    const made = plan(past);
    expect(going(made)).toEqual(['1:1-11', '1:20-27']);
    expect(made.backups.map(({ reasons }) => reasons.map(({ rule }) => rule))).toEqual([
      ['expired'],
      ['window-base', 'newest', 'min-backups'],
    ]);
  });

  test('that reach into the window keep all from their base on', () => {
    const past = forked(8);
    const segments = past.segments.map((one) =>
      one.timeline === 1 && one.number > 25 ? { ...one, arrivedAt: daysAgo(3) } : one,
    );
    expect(going(plan({ ...past, segments }))).toEqual(['1:1-11']);
  });

  test('keep for the calendar the newest that leads to the writer beside the newest of all', () => {
    const past = forked(8, { monthly: 1, windowDays: 1 });
    const stray = { timeline: 1, start: 24, stop: 24, finishedAt: daysAgo(20) };
    const made = plan({ ...past, backups: [...past.backups, stray] });
    const [, leading] = past.backups;
    expect(rulesOf(made, stray)).toEqual(['newest', 'min-backups', 'monthly']);
    expect(leading && rulesOf(made, leading)).toEqual([
      'window-base',
      'newest',
      'min-backups',
      'monthly',
    ]);
    expect(going(made)).toEqual(['1:1-11', '1:20-23', '1:25-27']);
  });

  test('whose history cannot be read keep everything while they are in use', () => {
    const past = forked(8);
    const made = plan({ ...past, histories: [historyOf(1, [])] });
    expect(going(made)).toEqual([]);
    expect(made.backups.every(({ stays }) => stays)).toBe(true);
    expect(made.warnings.map(({ rule }) => rule)).toEqual(['unknown-history']);
  });

  test('whose history cannot be read keep their own WAL for ever', () => {
    const past = dailyPast(30, [18, 25]);
    const lost = [1, 2].map((number) => ({ timeline: 7, number, arrivedAt: daysAgo(90) }));
    const made = plan({ ...past, segments: [...past.segments, ...lost] });
    expect(going(made)).toEqual(['1:1-17']);
  });

  test('of a lineage that is no longer written keep the newest backup and all behind it', () => {
    const past = dailyPast(30, [5, 18]);
    const later = (one: PastBackup): PastBackup => ({ ...one, finishedAt: daysAgo(400) });
    const [older, newest] = past.backups.map((one, index) => ({
      ...later(one),
      finishedAt: daysAgo(420 - index),
    }));
    if (older === undefined || newest === undefined) throw new Error('there are two');
    const segments = past.segments.map((one) => ({ ...one, arrivedAt: daysAgo(410) }));
    const made = plan({ ...past, segments, backups: [older, newest] });
    expect(rulesOf(made, newest)).toEqual(['window-base', 'newest', 'min-backups']);
    expect(rulesOf(made, older)).toEqual(['expired']);
    expect(going(made)).toEqual(['1:1-17']);
  });

  test('along which a backup has its last segment from the timeline that came after it', () => {
    // Timeline 1 was left within segment 8: its own file of that number never came.
    const history = historyOf(2, [[1, 8]], 65_536n);
    const segments = [
      ...[5, 6, 7].map((number) => ({ timeline: 1, number, arrivedAt: daysAgo(60) })),
      ...[8, 9].map((number) => ({ timeline: 2, number, arrivedAt: daysAgo(55) })),
    ];
    const backup = { timeline: 1, start: 7, stop: 8, finishedAt: daysAgo(58) };
    const made = plan({
      ...emptyPast(),
      segments,
      histories: [historyOf(1, []), history],
      writerTimeline: 2,
      backups: [backup],
    });
    expect(made.backups[0]).toMatchObject({ state: 'restorable', stays: true });
    expect(going(made)).toEqual(['1:5-6']);
  });
});
