import { Duration } from 'aws-cdk-lib';
import type { AlarmRow } from './alarm-row.ts';
import { dropped } from './metrics.ts';
import type { Watched } from './watched.ts';

/** Periods of five minutes for which an event stays in alarm. */
const AN_HOUR = 12;

/** Alarms that say whether the archive is looked after. */
export function archiveAlarms({ archive }: Watched): readonly AlarmRow[] {
  const { deadLetters, schedules } = archive;
  return [
    {
      id: 'ArchiveEventLost',
      says: 'an event about the archive could not be handled, tried three times',
      severity: 'page',
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
      metric: dropped(schedules.group),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
      silence: 'good',
    },
  ];
}
