import { Duration } from 'aws-cdk-lib';
import { Metric } from '../../core/contract/metrics.ts';
import type { AlarmRow } from './alarm-row.ts';
import { auditAlarms } from './audit-alarms.ts';
import { dropped, failures, ownMetric } from './metrics.ts';
import type { Watched } from './watched.ts';

const DAY = Duration.days(1);
/** Periods of five minutes, and of a quarter of an hour, for which an event stays in alarm. */
const AN_HOUR = { ofFiveMinutes: 12, ofQuarters: 4 } as const;

/** Alarms that say whether the archive is looked after. */
export function archiveAlarms(watched: Watched): readonly AlarmRow[] {
  return [...retentionAlarms(watched), ...auditAlarms(watched), ...eventAlarms(watched)];
}

function retentionAlarms(watched: Watched): readonly AlarmRow[] {
  const { applier, locker } = watched.archive.retention;
  return [
    {
      id: 'RetentionMissed',
      says: 'for two days nothing has planned what of the archive stays and what may go',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'holdfast retention',
      metric: ownMetric(watched, Metric.RETENTION_APPLIED, { statistic: 'Sum', period: DAY }),
      bad: { below: 1 },
      periods: 2,
      silence: 'bad',
    },
    {
      id: 'RetentionWarning',
      says: 'the day’s plan for the archive has something that a person should know',
      severity: 'ticket',
      tier: 'A',
      group: 'backups',
      look: 'holdfast retention',
      metric: ownMetric(watched, Metric.RETENTION_WARNINGS, { statistic: 'Maximum', period: DAY }),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'RetentionFailing',
      says: 'the function that lets go of what is due in the archive fails',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'the function’s log: event function.failed',
      metric: failures(applier.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'LocksFailing',
      says: 'the function that lengthens locks of what stays fails: they end before what they guard',
      severity: 'ticket',
      tier: 'A',
      group: 'durability',
      look: 'the function’s log: event function.failed',
      metric: failures(locker.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
  ];
}

function eventAlarms({ archive }: Watched): readonly AlarmRow[] {
  const { deadLetters, schedules } = archive;
  return [
    {
      id: 'ArchiveEventLost',
      says: 'an event about the archive could not be handled, tried three times',
      severity: 'page',
      tier: 'M',
      group: 'monitor',
      look: 'aws sqs receive-message: what the queue of dead letters holds',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: Duration.minutes(5),
      }),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'ArchiveScheduleDropped',
      says: 'a schedule of the archive’s could not invoke its function, and gave up',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'aws sqs receive-message: what the queue of dead letters holds',
      metric: dropped(schedules.group),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
  ];
}
