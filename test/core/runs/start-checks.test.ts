import { describe, expect, test } from 'vitest';
import { Metric, type MetricName } from '../../../lib/core/contract/metrics.ts';
import { assertCanStart, type StartFacts } from '../../../lib/core/runs/start-checks.ts';

const LIMIT_SEC = 300;

function facts(
  metrics: Partial<Record<MetricName, number>> = {},
  given: Partial<StartFacts> = {},
): StartFacts {
  const all = { AgentAlive: 1, ArchiveLagSec: 3, DataVolumeFreePercent: 60, ...metrics };
  const known = Object.entries(all).filter(([, value]) => value !== undefined);
  return {
    leaseHolder: undefined,
    runningTask: undefined,
    metrics: new Map(known as [MetricName, number][]),
    ...given,
  };
}

function check(given: StartFacts): () => void {
  return () => assertCanStart(given, LIMIT_SEC);
}

describe('assertCanStart', () => {
  test('lets a backup start when nothing speaks against it', () => {
    expect(check(facts())).not.toThrow();
    expect(check(facts({ [Metric.ARCHIVE_LAG_SEC]: LIMIT_SEC }))).not.toThrow();
    expect(check(facts({ [Metric.DATA_VOLUME_FREE_PERCENT]: 5 }))).not.toThrow();
  });

  test('lets a backup start when nobody knows how much room there is', () => {
    expect(check(facts({ [Metric.DATA_VOLUME_FREE_PERCENT]: undefined }))).not.toThrow();
  });

  test.each([
    ['another holds the lease', facts({}, { leaseHolder: 'db-1 (4711)' }), 'db-1 (4711)'],
    ['a task runs', facts({}, { runningTask: 'arn:aws:ecs:…:task/1' }), 'arn:aws:ecs:…:task/1'],
  ])('is busy while %s', (_, given, name) => {
    expect(check(given)).toThrow(
      expect.objectContaining({ code: 'BACKUP-BUSY', message: expect.stringContaining(name) }),
    );
  });

  test.each([
    ['the agent is silent', { [Metric.AGENT_ALIVE]: undefined }, 'said nothing'],
    ['nobody knows the lag', { [Metric.ARCHIVE_LAG_SEC]: undefined }, 'does not say'],
    ['the lag is past its limit', { [Metric.ARCHIVE_LAG_SEC]: 301 }, '301 s'],
  ])('refuses while %s', (_, metrics, words) => {
    expect(check(facts(metrics))).toThrow(
      expect.objectContaining({
        code: 'BACKUP-ARCHIVING',
        message: expect.stringContaining(words),
      }),
    );
  });

  test('refuses on a volume that is nearly full', () => {
    expect(check(facts({ [Metric.DATA_VOLUME_FREE_PERCENT]: 4.9 }))).toThrow(
      expect.objectContaining({ code: 'BACKUP-ROOM' }),
    );
  });

  test('names what stands first in the way', () => {
    const bad = { [Metric.ARCHIVE_LAG_SEC]: 999, [Metric.DATA_VOLUME_FREE_PERCENT]: 1 };
    expect(check(facts(bad, { leaseHolder: 'db-1' }))).toThrow(
      expect.objectContaining({ code: 'BACKUP-BUSY' }),
    );
    expect(check(facts(bad))).toThrow(expect.objectContaining({ code: 'BACKUP-ARCHIVING' }));
  });
});
