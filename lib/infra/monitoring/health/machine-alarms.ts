import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { HealthMetric, LogMetric } from '../../../core/contract/health-metrics.ts';
import type { AlarmRow, Reading } from '../alarm-row.ts';
import { logMetric } from '../metrics.ts';
import type { Watched } from '../watched.ts';
import { below, FIVE_MINUTES, gaugeAlarms } from './health-row.ts';

const MINUTE = Duration.minutes(1);
const TABLE = { tier: 'B', group: 'machine', severity: 'page', silence: 'good' } as const;
const LIMITS = { tier: 'C', group: 'workload', severity: 'ticket', silence: 'good' } as const;
/** Periods of five minutes for which an event stays in alarm. */
const AN_HOUR = 12;

/** Alarms that say whether the machine and its volume do what they should. */
export function machineAlarms(watched: Watched): readonly AlarmRow[] {
  const page = watched.cluster.health.thresholds;
  return [
    {
      ...TABLE,
      id: 'CpuBusy',
      says: 'the processors of the host have had no pause for a quarter of an hour',
      look: 'SELECT state, wait_event_type, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC',
      metric: ofHost(watched, 'CPUUtilization', { statistic: 'Maximum', period: MINUTE }),
      bad: { above: page.cpuPercent.page },
      periods: 15,
    },
    ...gaugeAlarms(watched, TABLE, [
      {
        id: 'MemoryShort',
        says: 'the host has hardly any memory left: the kernel will soon kill a process of PostgreSQL’s',
        look: 'on the host: free -m, then SELECT backend_type, count(*) FROM pg_stat_activity GROUP BY 1',
        metric: HealthMetric.MEMORY_AVAILABLE_PERCENT,
        bad: below(page.memoryAvailablePercent.page),
        of: [5, 5],
      },
    ]),
    {
      ...TABLE,
      id: 'BackendsKilled',
      says: 'a process of PostgreSQL’s was killed, and all sessions with it: memory was short, or somebody did it',
      look: 'on the host: journalctl -k, searched for Out of memory',
      metric: logMetric(watched, LogMetric.BACKENDS_KILLED),
      bad: { above: 0 },
      periods: 1,
      within: AN_HOUR,
    },
    {
      ...TABLE,
      id: 'InstanceFailing',
      says: 'EC2 finds that the host, or the hardware below it, does not work',
      look: 'aws ec2 describe-instance-status',
      metric: ofHost(watched, 'StatusCheckFailed', { statistic: 'Maximum', period: FIVE_MINUTES }),
      bad: { above: 0 },
      periods: 2,
    },
    {
      ...TABLE,
      id: 'VolumeFailing',
      says: 'EC2 finds that the host does not reach one of its volumes',
      look: 'aws ec2 describe-instance-status, then aws ec2 describe-volume-status',
      metric: ofHost(watched, 'StatusCheckFailed_AttachedEBS', {
        statistic: 'Maximum',
        period: MINUTE,
      }),
      bad: { above: 0 },
      periods: 10,
    },
    {
      ...TABLE,
      id: 'VolumeStalled',
      says: 'the data volume takes requests and does not answer them: the server hangs and looks up',
      look: 'aws ec2 describe-volume-status',
      metric: ofVolume(watched, 'VolumeStalledIOCheck'),
      bad: { above: 0 },
      periods: 10,
    },
  ];
}

/**
 * Alarms that say that the volume is asked for more than it is provisioned for: a ticket, as each base backup, dump and
 * rebuild of an index that nobody throttles does so, and is meant to.
 */
export function volumeLimitAlarms(watched: Watched): readonly AlarmRow[] {
  return [
    {
      ...LIMITS,
      id: 'VolumeIopsExceeded',
      says: 'the host asks more of the data volume than its IOPS allow, minute after minute',
      look: "SELECT wait_event, count(*) FROM pg_stat_activity WHERE wait_event_type = 'IO' GROUP BY 1",
      metric: ofVolume(watched, 'VolumeIOPSExceededCheck'),
      bad: { above: 0 },
      periods: 10,
      within: 15,
    },
    {
      ...LIMITS,
      id: 'VolumeThroughputExceeded',
      says: 'the host moves more bytes than the data volume is provisioned for, minute after minute',
      look: "SELECT wait_event, count(*) FROM pg_stat_activity WHERE wait_event_type = 'IO' GROUP BY 1",
      metric: ofVolume(watched, 'VolumeThroughputExceededCheck'),
      bad: { above: 0 },
      periods: 10,
      within: 15,
    },
  ];
}

/** By its group: an instance that takes another's place has another id. */
function ofHost(
  { host }: Watched,
  metricName: string,
  { statistic, period }: Reading,
): cloudwatch.IMetric {
  return new cloudwatch.Metric({
    namespace: 'AWS/EC2',
    metricName,
    dimensionsMap: { AutoScalingGroupName: host.group.autoScalingGroupName },
    statistic,
    period,
  });
}

/**
 * These are published by volume and instance, and no alarm can name an instance that is not there yet: a query
 * finds them by the volume alone.
 *
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/using_cloudwatch_ebs.html
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-alarms.html
 */
function ofVolume({ data }: Watched, metricName: string): cloudwatch.IMetric {
  return new cloudwatch.MathExpression({
    expression: `SELECT MAX(${metricName}) FROM "AWS/EBS" WHERE VolumeId = '${data.volume.volumeId}'`,
    label: metricName,
    period: MINUTE,
    usingMetrics: {},
  });
}
