import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/core/config/parse-retention-policy.ts';
import { Cluster } from '../../../lib/infra/deployment/cluster.ts';
import {
  archiveLock,
  lockDays,
  neededDays,
  retentionPolicyOf,
} from '../../../lib/infra/deployment/retention.ts';

const WEEKLY = { schedule: { days: ['sun' as const] } };

test('whatever is taken: nothing needed is unlocked, and the engine takes the policy', () => {
  const days = fc.integer({ min: 1, max: 400 });
  const input = fc.record({
    days,
    daily: fc.nat(60),
    weekly: fc.nat(60),
    monthly: fc.nat(60),
    yearly: fc.nat(10),
    agreementDays: fc.integer({ min: 1, max: 20 }),
    undeleteDays: fc.integer({ min: 1, max: 40 }),
    keyDeletionDays: fc.integer({ min: 7, max: 30 }),
    archiveAfterDays: fc.option(days, { nil: undefined, freq: 2 }),
    lock: fc.record({
      mode: fc.constantFrom('governance', 'governance', 'compliance'),
      days: fc.option(days, { nil: undefined, freq: 2 }),
      graceDays: fc.integer({ min: 1, max: 20 }),
    }),
  });
  const backup = fc.constantFrom({}, WEEKLY, { timeoutHours: 25 }, { ...WEEKLY, timeoutHours: 72 });
  let taken = 0;
  fc.assert(
    fc.property(input, backup, (retention, schedule) => {
      const parsed = Cluster.safeParse({ id: 'orders', retention, backup: schedule });
      if (!parsed.success) return;
      taken += 1;
      const { data } = parsed;
      const policy = retentionPolicyOf(data);
      expect(parseRetentionPolicy(policy)).toEqual(policy);
      expect(lockDays(data)).toBeGreaterThanOrEqual(neededDays(data));
      expect(archiveLock(data).longestDays).toBeGreaterThan(lockDays(data));
      expect(data.retention.archiveAfterDays ?? Infinity).toBeGreaterThan(neededDays(data));
      expect(policy.failedAfterHours).toBeGreaterThanOrEqual(data.backup.timeoutHours);
    }),
    { numRuns: 5_000 },
  );
  expect(taken).toBeGreaterThan(100);
});
