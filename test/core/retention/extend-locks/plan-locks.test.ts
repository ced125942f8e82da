import { describe, expect, test } from 'vitest';
import { hasTurn, planLocks } from '../../../../lib/core/retention/extend-locks/plan-locks.ts';
import type { PlannedBackup } from '../../../../lib/core/retention/retention-plan.ts';

const NOW = new Date('2026-12-01T00:00:00Z');
const DAY_MS = 86_400_000;
const LATER = new Date('2027-06-01T00:00:00Z');

function backup(rules: readonly string[], more: Partial<PlannedBackup> = {}): PlannedBackup {
  const reasons = rules.map((rule) => ({ rule, says: rule }));
  return { id: 'a', state: 'restorable', stays: true, storedBytes: 1, reasons, ...more };
}

describe('planLocks', () => {
  test.each([
    [
      'the pick of a month, until the policy lets it go',
      backup(['monthly'], { until: LATER }),
      LATER,
    ],
    [
      'that of a year, whatever else keeps it',
      backup(['window', 'yearly'], { until: LATER }),
      LATER,
    ],
    ['what is held until then', backup(['held'], { until: LATER }), LATER],
    [
      'what is held without an end, for 90 days',
      backup(['held', 'monthly']),
      new Date(NOW.getTime() + 90 * DAY_MS),
    ],
    [
      'to a whole second, no earlier',
      backup(['monthly'], { until: new Date(LATER.getTime() - 1) }),
      LATER,
    ],
  ])('locks %s', (_, one, until) => {
    expect(planLocks([one], NOW)).toEqual([{ id: 'a', state: 'restorable', until }]);
  });

  test.each([
    ['what a newer one of its month may replace', backup(['monthly'])],
    [
      'what only the window keeps: it was born with that lock',
      backup(['window'], { until: LATER }),
    ],
    ['what goes', backup(['monthly'], { stays: false, until: LATER })],
    ['what is over already', backup(['monthly'], { until: NOW })],
  ])('does not lock %s', (_, one) => {
    expect(planLocks([one], NOW)).toEqual([]);
  });

  test('begins with the longest, which shared WAL is locked for', () => {
    const soon = new Date(NOW.getTime() + DAY_MS);
    const planned = planLocks(
      [backup(['monthly'], { until: soon }), backup(['yearly'], { id: 'b', until: LATER })],
      NOW,
    );
    expect(planned.map(({ id }) => id)).toEqual(['b', 'a']);
  });
});

test('every object has its turn on one day of seven', () => {
  const turns = Array.from({ length: 100 }, (_, index) =>
    Array.from({ length: 7 }, (__, day) =>
      hasTurn(`orders/base/${index}`, new Date(NOW.getTime() + day * DAY_MS)),
    ),
  );
  expect(turns.map((days) => days.filter(Boolean).length)).toEqual(turns.map(() => 1));
  const onFirst = turns.filter(([first]) => first).length;
  expect(onFirst).toBeGreaterThan(4);
  expect(onFirst).toBeLessThan(30);
});
