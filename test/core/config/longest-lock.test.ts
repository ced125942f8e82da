import { expect, test } from 'vitest';
import { longestLockDays } from '../../../lib/core/config/longest-lock.ts';
import { RetentionPolicy } from '../../../lib/core/config/retention-policy.ts';

test.each([
  [{}, 372],
  [{ monthly: 0 }, 90],
  [{ monthly: 0, windowDays: 400 }, 400],
  [{ monthly: 0, weekly: 52 }, 364],
  [{ yearly: 7 }, 2_562],
])('under %j nothing has a reason to be locked for more than %i days', (policy, days) => {
  expect(longestLockDays(RetentionPolicy.parse(policy))).toBe(days);
});
