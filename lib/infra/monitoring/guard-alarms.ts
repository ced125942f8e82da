import { Duration } from 'aws-cdk-lib';
import { Metric } from '../../core/contract/metrics.ts';
import type { AlarmRow } from './alarm-row.ts';
import { failures, ownMetric } from './metrics.ts';
import type { Watched } from './watched.ts';

const FIVE_MINUTES = Duration.minutes(5);
/** Periods of five minutes, and of a quarter of an hour, for which an event stays in alarm. */
const AN_HOUR = { ofFiveMinutes: 12, ofQuarters: 4 } as const;
const HOUR_SEC = 3_600;

/** Alarms about whoever weakens what keeps the archive, and about those who hear of it. */
export function guardAlarms(watched: Watched): readonly AlarmRow[] {
  const { guard, archive } = watched;
  const { tagWatcher } = archive;
  const once = { statistic: 'Sum', period: FIVE_MINUTES } as const;
  return [
    {
      id: 'GuardPaged',
      says: 'somebody has changed what keeps the archive; a message of its own says who, and what is at stake',
      severity: 'page',
      tier: 'A',
      group: 'durability',
      look: 'the message of judge-change: who, what, from where',
      metric: ownMetric(watched, Metric.GUARD_PAGED, once),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
    {
      id: 'GuardUnproven',
      says: 'for a day nobody has heard of the guard’s own harmless change: others go unheard too',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the log of prove-guard and judge-change',
      metric: ownMetric(watched, Metric.GUARD_PROVEN, {
        statistic: 'Sum',
        period: Duration.hours(6),
      }),
      bad: { below: 1 },
      periods: 4,
      silence: 'bad',
    },
    {
      id: 'TagStranger',
      says: 'an object is tagged to expire that no two plans let go',
      severity: 'page',
      tier: 'A',
      group: 'durability',
      look: 'holdfast retention, then CloudTrail: PutObjectTagging',
      metric: ownMetric(watched, Metric.TAG_STRANGERS, once),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
    {
      id: 'DeletedByHand',
      says: 'somebody has deleted in the archive, and it was none of its own rules',
      severity: 'page',
      tier: 'A',
      group: 'durability',
      look: 'holdfast undelete --all, then CloudTrail: DeleteObject',
      metric: ownMetric(watched, Metric.DELETED_BY_HAND, once),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
    {
      id: 'GuardFailing',
      says: 'the function fails that judges changes of what keeps the archive: one may go unheard',
      severity: 'page',
      tier: 'M',
      group: 'monitor',
      look: 'the function’s log: event function.failed',
      metric: failures(guard.judge.handler, 5),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
    {
      id: 'ProofFailing',
      says: 'the function fails that proves the guard by a harmless change',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the function’s log: event function.failed',
      metric: failures(guard.prover.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'TagJudgeFailing',
      says: 'the function fails that compares tags with what retention let go',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the function’s log: event function.failed',
      metric: failures(tagWatcher.judge.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'TagsUnjudged',
      says: 'tags and deletions in the archive have waited for an hour to be judged',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the log of judge-tags: event function.failed',
      metric: tagWatcher.queue.metricApproximateAgeOfOldestMessage({
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      bad: { above: HOUR_SEC },
      periods: 1,
      silence: 'good',
    },
  ];
}
