import { Duration } from 'aws-cdk-lib';
import type { AlarmRow } from './alarm-row.ts';
import { dropped, failures } from './metrics.ts';
import type { Watched } from './watched.ts';

const FIVE_MINUTES = Duration.minutes(5);
/** Periods of five minutes, and of a quarter of an hour, for which an event stays in alarm. */
const AN_HOUR = { ofFiveMinutes: 12, ofQuarters: 4 } as const;

/** Alarms that say whether the machinery works that starts, judges, measures and pages. */
export function machineryAlarms(watched: Watched): readonly AlarmRow[] {
  const { backup, notifier, pageTopic, undelivered } = watched;
  const { functions, follower, rotation, schedules, deadLetters } = backup;
  const visible = { statistic: 'Maximum', period: FIVE_MINUTES } as const;
  return [
    {
      id: 'EventLost',
      says: 'a schedule’s or a task’s event could not be handled, tried three times',
      severity: 'page',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible(visible),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'ScheduleDropped',
      says: 'a schedule could not invoke its function, and gave up',
      severity: 'page',
      metric: dropped(schedules.group),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
    {
      id: 'StarterFailing',
      says: 'the function that starts base backups fails',
      severity: 'ticket',
      metric: failures(functions.starter.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'JudgeFailing',
      says: 'the function that judges how tasks end fails',
      severity: 'ticket',
      metric: failures(functions.judge.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'ProbeFailing',
      says: 'the function that looks after store and key has failed for a quarter of an hour',
      severity: 'ticket',
      metric: failures(functions.probe.handler, 5),
      bad: { above: 0 },
      periods: 3,
      silence: 'good',
    },
    {
      id: 'FollowerFailing',
      says: 'the function that points the server’s name to its host has failed for five minutes',
      severity: 'page',
      metric: failures(follower.follower.handler, 1),
      bad: { above: 0 },
      periods: 5,
      silence: 'good',
    },
    {
      id: 'RotationFailing',
      says: 'a role’s password could not be rotated',
      severity: 'ticket',
      metric: failures(rotation.rotator.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'NotifierFailing',
      says: 'the function that pages fails: only e-mail reaches you',
      severity: 'page',
      metric: failures(notifier.handler, 5),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'PageLost',
      says: 'a page could not be delivered, tried three times',
      severity: 'page',
      metric: undelivered.metricApproximateNumberOfMessagesVisible(visible),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'TopicFailing',
      says: 'the topic of pages could not deliver to one of its subscribers',
      severity: 'page',
      metric: pageTopic.metricNumberOfNotificationsFailed({
        statistic: 'Sum',
        period: FIVE_MINUTES,
      }),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofFiveMinutes,
      silence: 'good',
    },
  ];
}
