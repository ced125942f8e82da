import { describe, expect, test } from 'vitest';
import { backupAt, dailyPast, daysAgo, idOf, NOW } from './past.ts';
import { plan, rulesOf, stayingBackups, going } from './planned.ts';

describe('the newest', () => {
  test('stay however old, as many as the policy wants', () => {
    const past = dailyPast(60, [3, 9, 15], { minBackups: 2, windowDays: 1 });
    const segments = past.segments.slice(0, 20);
    const made = plan({ ...past, segments });
    expect(rulesOf(made, backupAt(60, 9))).toEqual(['min-backups']);
    expect(rulesOf(made, backupAt(60, 15))).toEqual(['window-base', 'newest', 'min-backups']);
    expect(rulesOf(made, backupAt(60, 3))).toEqual(['expired']);
    expect(going(made)).toEqual(['1:1-8', '1:10-14']);
  });

  test('are told to be too few', () => {
    const made = plan(dailyPast(30, [25], { minBackups: 3 }));
    expect(made.warnings).toEqual([
      { rule: 'few-backups', says: '1 restorable backups, the policy wants at least 3' },
    ]);
  });

  test('without any that is restorable nothing goes', () => {
    const past = dailyPast(60, [30]);
    const made = plan({ ...past, segments: past.segments.filter(({ number }) => number !== 30) });
    expect(made.backups[0]).toMatchObject({ state: 'complete', stays: true });
    expect(going(made)).toEqual([]);
    expect(made.warnings[0]?.rule).toBe('no-restorable');
  });
});

describe('the calendar', () => {
  const every = Array.from({ length: 100 }, (_, index) => index + 1);

  test('keeps the newest of each day, week, month and year with its own WAL', () => {
    const past = dailyPast(100, every, {
      windowDays: 1,
      daily: 3,
      weekly: 2,
      monthly: 3,
      yearly: 1,
    });
    const made = plan(past);
    const days = made.backups.flatMap(({ id, stays, reasons }) =>
      stays ? [`${id.slice(0, 8)} ${reasons.map(({ rule }) => rule).join(' ')}`] : [],
    );
    expect(days).toEqual([
      '20260930 monthly',
      '20261031 monthly',
      '20261128 daily',
      '20261129 window-base daily weekly',
      '20261130 window newest min-backups daily weekly monthly yearly',
    ]);
    expect(rulesOf(made, backupAt(100, 70))).toEqual(['monthly']);
    expect(going(made)).toContain('1:40-69');
  });

  test('goes by the zone of the policy, not by UTC', () => {
    const late = { timeline: 1, start: 3, stop: 3, finishedAt: new Date('2026-10-31T23:30:00Z') };
    const early = { timeline: 1, start: 2, stop: 2, finishedAt: new Date('2026-10-30T12:00:00Z') };
    const last = { timeline: 1, start: 8, stop: 8, finishedAt: new Date('2026-11-20T12:00:00Z') };
    const past = {
      ...dailyPast(60, [], { monthly: 2, windowDays: 1 }),
      backups: [early, late, last],
    };
    expect(rulesOf(plan(past), late)).toEqual(['monthly']);
    const policy = { ...past.policy, timeZone: 'Europe/Berlin' };
    expect(rulesOf(plan({ ...past, policy }), late)).toEqual(['expired']);
    expect(rulesOf(plan({ ...past, policy }), early)).toEqual(['monthly']);
  });

  test('lets nothing go while no backup succeeds', () => {
    const past = dailyPast(100, [10, 20, 30], { windowDays: 1, daily: 3 });
    expect(stayingBackups(plan(past))).toHaveLength(3);
  });

  test('tells when a pick will go: once so many newer periods have begun', () => {
    const past = dailyPast(100, every, { windowDays: 1, monthly: 3 });
    const made = plan(past);
    // The newest is of the month before this one: none of this month has come.
    expect(made.backups.find(({ id }) => id.startsWith('20261031'))?.until).toEqual(
      new Date('2027-01-01T00:00:00Z'),
    );
  });
});

describe('holds and recoveries', () => {
  const past = dailyPast(60, [5, 20, 40, 55]);
  const [first, second] = past.backups;
  if (first === undefined || second === undefined) throw new Error('there are four');
  const hold = {
    id: 'h',
    backupId: idOf(first),
    kind: 'legal' as const,
    reason: 'case 7',
    by: 'counsel',
    at: daysAgo(50),
  };

  test('keep a backup and its WAL, with the reason and the end', () => {
    const made = plan({ ...past, holds: [{ ...hold, until: daysAgo(-30) }] });
    expect(made.backups[0]).toMatchObject({
      stays: true,
      reasons: [{ rule: 'held', says: 'legal hold of counsel: case 7' }],
      until: daysAgo(-30),
    });
    expect(going(made)).toEqual(['1:1-4', '1:6-39']);
  });

  test('without an end leave nobody able to tell when the backup goes, whatever else keeps it', () => {
    const daily = { ...past, policy: { ...past.policy, daily: 9 }, holds: [hold] };
    expect(plan({ ...daily, holds: [] }).backups[0]).toHaveProperty('until');
    expect(plan(daily).backups[0]).not.toHaveProperty('until');
  });

  test('that ended keep nothing', () => {
    const made = plan({ ...past, holds: [{ ...hold, until: NOW }] });
    expect(rulesOf(made, first)).toEqual(['expired']);
  });

  test('fails when a hold is on a backup that is not there', () => {
    const holds = [{ ...hold, backupId: 'gone' }];
    expect(() => plan({ ...past, holds })).toThrow(
      expect.objectContaining({ code: 'RETENTION-HOLD' }),
    );
    expect(() =>
      plan({ ...past, holds: [{ ...hold, backupId: 'gone', until: NOW }] }),
    ).not.toThrow();
  });

  test('that cannot be read keep everything', () => {
    const made = plan({ ...past, damagedHolds: ['hold/x.json'] });
    expect(stayingBackups(made)).toHaveLength(4);
    expect(going(made)).toEqual([]);
  });

  test('what is being restored keeps all WAL behind it, however far it goes', () => {
    const made = plan({ ...past, inUse: [idOf(second)] });
    expect(rulesOf(made, second)).toEqual(['in-use']);
    expect(going(made)).toEqual(['1:1-19']);
  });
});
