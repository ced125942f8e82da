import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Metric } from '../../core/contract/metrics.ts';
import { bucketName, copyBucketName } from '../bucket-name.ts';
import type { ClusterScope } from '../cluster-scope.ts';
import { COPY_RULE } from '../constructs/archive-copy.ts';
import type { OpsFunction } from '../constructs/ops-function.ts';
import type { RetentionFunctions } from '../constructs/retention-functions.ts';
import type { AlarmRow, Reading } from './alarm-row.ts';
import { failures, ownMetric } from './metrics.ts';

const FIVE_MINUTES = Duration.minutes(5);
const HOUR = Duration.hours(1);
const DAY = Duration.days(1);
/** Periods of five minutes, and of a quarter of an hour, for which an event stays in alarm. */
const AN_HOUR = { ofFiveMinutes: 12, ofQuarters: 4 } as const;
/** What S3 promises for 99.9 percent of objects. */
const PROMISED_SEC = 900;

/**
 * S3 publishes what failed where the archive is, and what waits where the copy is: no alarm can look at a
 * metric of another region.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
 */
type CopyMetric = 'OperationsFailedReplication' | 'ReplicationLatency';

/** Alarms in the archive's region about its copy; none where there is none. */
export function copyAlarms(scope: ClusterScope): readonly AlarmRow[] {
  if (scope.cluster.copy === undefined) return [];
  return [
    {
      id: 'CopyFailing',
      says: 'S3 has given up copying an object of the archive to the other region',
      severity: 'page',
      tier: 'A',
      group: 'backups',
      look: 'aws s3api head-object: ReplicationStatus of what the audit names',
      metric: copyMetric(scope, 'OperationsFailedReplication', {
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

/** What the alarms in the copy's region look at. */
export interface WatchedCopy extends ClusterScope {
  readonly retention: RetentionFunctions;
  readonly notifier: OpsFunction;
  /** Of its schedules and functions. */
  readonly deadLetters: sqs.IQueue;
  readonly pageTopic: sns.ITopic;
}

/** Alarms in the copy's region. */
export function alarmsOfCopy(watched: WatchedCopy): readonly AlarmRow[] {
  const { retention, notifier, deadLetters, pageTopic } = watched;
  return [
    {
      id: 'CopyLagging',
      says: 'the copy of the archive is more than a quarter of an hour behind, and stays so',
      severity: 'ticket',
      tier: 'A',
      group: 'backups',
      look: 'aws cloudwatch get-metric-data: OperationsPendingReplication',
      metric: copyMetric(watched, 'ReplicationLatency', {
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      bad: { above: PROMISED_SEC },
      periods: 3,
      // While nothing is written there is nothing to copy.
      silence: 'good',
    },
    {
      id: 'CopyGap',
      says: 'WAL is missing in the copy: no recovery from it can pass the gap',
      severity: 'page',
      tier: 'A',
      group: 'backups',
      look: 'holdfast audit --store with the copy’s bucket',
      metric: ownMetric(watched, Metric.ARCHIVE_GAPS, { statistic: 'Maximum', period: HOUR }),
      bad: { above: 0 },
      periods: 1,
      within: 2,
      silence: 'good',
    },
    {
      id: 'CopyFinding',
      says: 'the audit of the copy found something that somebody must look at',
      severity: 'ticket',
      tier: 'A',
      group: 'backups',
      look: 'holdfast audit --store with the copy’s bucket',
      metric: ownMetric(watched, Metric.AUDIT_FINDINGS, { statistic: 'Maximum', period: HOUR }),
      bad: { above: 0 },
      periods: 1,
      within: 2,
      silence: 'good',
    },
    {
      id: 'CopyUnaudited',
      says: 'no audit of the copy has been completed for three hours',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'in the copy’s region, the log of audit-archive: event function.failed',
      metric: ownMetric(watched, Metric.AUDIT_COMPLETED, { statistic: 'Sum', period: HOUR }),
      bad: { below: 1 },
      periods: 3,
      silence: 'bad',
    },
    {
      id: 'CopyRetentionMissed',
      says: 'for two days nothing has planned what of the copy stays and what may go',
      severity: 'ticket',
      tier: 'M',
      group: 'monitor',
      look: 'in the copy’s region, the log of apply-retention: event function.failed',
      metric: ownMetric(watched, Metric.RETENTION_APPLIED, { statistic: 'Sum', period: DAY }),
      bad: { below: 1 },
      periods: 2,
      silence: 'bad',
    },
    {
      id: 'CopyLocksFailing',
      says: 'the function that lengthens locks in the copy fails: they end before what they guard',
      severity: 'ticket',
      tier: 'A',
      group: 'durability',
      look: 'in the copy’s region, the function’s log: event function.failed',
      metric: failures(retention.locker.handler, 15),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR.ofQuarters,
      silence: 'good',
    },
    {
      id: 'CopyEventLost',
      says: 'a page about the copy, or a call for its retention, was tried three times in vain',
      severity: 'page',
      tier: 'M',
      group: 'monitor',
      look: 'aws sqs receive-message: what the queue of dead letters holds',
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: 'Maximum',
        period: FIVE_MINUTES,
      }),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'CopyNotifierFailing',
      says: 'the function that pages about the copy fails: only e-mail reaches you',
      severity: 'page',
      tier: 'M',
      group: 'monitor',
      look: 'in the copy’s region, the function’s log: event function.failed',
      metric: failures(notifier.handler, 5),
      bad: { above: 0 },
      periods: 1,
      silence: 'good',
    },
    {
      id: 'CopyTopicFailing',
      says: 'the topic of pages about the copy could not deliver to one of its subscribers',
      severity: 'page',
      tier: 'M',
      group: 'monitor',
      look: 'aws sns list-subscriptions-by-topic',
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

function copyMetric(
  scope: ClusterScope,
  metricName: CopyMetric,
  { statistic, period }: Reading,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/S3',
    metricName,
    dimensionsMap: {
      SourceBucket: bucketName(scope),
      DestinationBucket: copyBucketName(scope),
      RuleId: COPY_RULE,
    },
    statistic,
    period,
  });
}
