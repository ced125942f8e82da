import { assert, constantFrom, integer, nat, option, property, record } from 'fast-check';
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
  const days = integer({ min: 1, max: 400 });
  const input = record({
    days,
    daily: nat(60),
    weekly: nat(60),
    monthly: nat(60),
    yearly: nat(10),
    agreementDays: integer({ min: 1, max: 20 }),
    undeleteDays: integer({ min: 1, max: 40 }),
    keyDeletionDays: integer({ min: 7, max: 30 }),
    archiveAfterDays: option(days, { nil: undefined, freq: 2 }),
    lock: record({
      mode: constantFrom('governance', 'governance', 'compliance'),
      days: option(days, { nil: undefined, freq: 2 }),
      graceDays: integer({ min: 1, max: 20 }),
    }),
  });
  const backup = constantFrom({}, WEEKLY, { timeoutHours: 25 }, { ...WEEKLY, timeoutHours: 72 });
  let taken = 0;
  assert(
    property(input, backup, (retention, schedule) => {
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
