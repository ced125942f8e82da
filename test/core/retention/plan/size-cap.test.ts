import { describe, expect, test } from 'vitest';
import { BACKUP_BYTES, backupAt, dailyPast, idOf, NOW, SEGMENT_BYTES } from './past.ts';
import { plan, stayingBackups } from './planned.ts';

describe('a cap on the size', () => {
  const every = Array.from({ length: 100 }, (_, index) => index + 1);
  const policy = { windowDays: 1, daily: 5, monthly: 3 };

  test('only warns where the policy lets nothing go earlier', () => {
    const free = plan(dailyPast(100, every, policy));
    const capped = plan(dailyPast(100, every, { ...policy, maxBytes: 1 }));
    expect(stayingBackups(capped)).toEqual(stayingBackups(free));
    expect(capped.warnings.map(({ rule }) => rule)).toEqual(['size-cap']);
  });

  test('lets the oldest picks of the named rules go, no more than it takes', () => {
    const maxBytes = 5 * (BACKUP_BYTES + SEGMENT_BYTES);
    const free = plan(dailyPast(100, every, policy));
    const made = plan(dailyPast(100, every, { ...policy, maxBytes, shorten: ['daily'] }));
    const [september, october] = stayingBackups(free);
    expect(stayingBackups(made)).toEqual([september, october, ...stayingBackups(free).slice(-3)]);
    expect(made.warnings).toEqual([]);
  });

  test('never touches the window, the newest or a hold', () => {
    const past = dailyPast(100, every, { ...policy, maxBytes: 1, shorten: ['daily', 'monthly'] });
    const holds = [
      {
        id: 'h',
        backupId: idOf(backupAt(100, 3)),
        kind: 'operator' as const,
        reason: 'r',
        by: 'b',
        at: NOW,
      },
    ];
    const made = plan({ ...past, holds });
    expect(stayingBackups(made)).toEqual([3, 99, 100].map((start) => idOf(backupAt(100, start))));
  });
});
