import type { ProbeEstateConfig } from '../../config/estate-config.ts';
import {
  LogMetric,
  type LogMetricName,
  logMetricNamespace,
} from '../../contract/health-metrics.ts';
import {
  Dimension,
  Metric,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE,
} from '../../contract/metrics.ts';
import type { Statistic, Wanted } from '../../ports/metric-history.ts';

/** Whose metrics, and what there is of it. */
type Subject = Pick<ProbeEstateConfig, 'environment' | 'cluster' | 'hostGroup' | 'volumeId'>;
/** How a metric is read. */
type Reading = readonly [statistic: Statistic, periodSec: number, spanSec: number];

const MINUTE = 60;
const FIVE = 300;
const HOUR = 3_600;
const DAY = 86_400;
/** For what comes every few minutes. */
const LATELY = 900;

/** Own metrics whose newest values are looked at. */
const NEWEST = {
  [Metric.ARCHIVE_GAPS]: ['Maximum', FIVE, 3 * HOUR],
  [Metric.CORRUPT_OBJECTS]: ['Maximum', FIVE, 3 * HOUR],
  [Metric.RESTORABLE_BACKUPS]: ['Minimum', FIVE, 3 * HOUR],
  [Metric.BACKUP_SIZE_PERCENT]: ['Average', HOUR, 7 * DAY],
  [Metric.MEMORY_AVAILABLE_PERCENT]: ['Minimum', FIVE, LATELY],
  [Metric.POOLER_MAX_WAIT_SEC]: ['Maximum', FIVE, LATELY],
  [Metric.DATABASE_PROBED]: ['Sum', MINUTE, 4 * MINUTE],
  [Metric.CHECKS_FAILED_A]: ['Maximum', FIVE, LATELY],
  [Metric.CHECKS_FAILED_B]: ['Maximum', FIVE, LATELY],
  [Metric.CHECKS_FAILED_C]: ['Maximum', FIVE, LATELY],
  [Metric.CHECKS_FAILED_D]: ['Maximum', FIVE, LATELY],
  [Metric.PAGING_PROVEN]: ['Sum', HOUR, 2 * DAY],
  [Metric.ESTATE_PROBED]: ['Sum', HOUR, 2 * DAY],
  [Metric.TASK_NOT_STARTED]: ['Sum', HOUR, DAY],
  [Metric.BACKUP_FAILED]: ['Sum', HOUR, DAY],
  [Metric.BACKUP_ELAPSED_SEC]: ['Maximum', FIVE, LATELY],
} as const satisfies Partial<Record<MetricName, Reading>>;

/** Of the host: its group's, and its volume's. */
const HOST = {
  CPUUtilization: ['Average', FIVE, LATELY],
  StatusCheckFailed: ['Maximum', FIVE, LATELY],
  StatusCheckFailed_AttachedEBS: ['Maximum', FIVE, LATELY],
} as const satisfies Record<string, Reading>;
const VOLUME = {
  VolumeStalledIOCheck: ['Maximum', FIVE, LATELY],
  VolumeIOPSExceededCheck: ['Minimum', FIVE, LATELY],
  VolumeThroughputExceededCheck: ['Minimum', FIVE, LATELY],
} as const satisfies Record<string, Reading>;
const LOG: Reading = ['Sum', FIVE, DAY];

/** What {@link newestMetrics} reads. */
export type NewestName =
  | keyof typeof NEWEST
  | keyof typeof HOST
  | keyof typeof VOLUME
  | LogMetricName;

/** What was published of late: 25 metrics at most. */
export function newestMetrics(subject: Subject): Readonly<Record<string, Wanted>> {
  const { environment, cluster, hostGroup, volumeId } = subject;
  const host = { namespace: 'AWS/EC2', dimensions: { AutoScalingGroupName: hostGroup ?? '' } };
  // Published by volume and instance: of whichever it is attached to.
  const volume = {
    namespace: 'AWS/EBS',
    dimensions: { VolumeId: volumeId ?? '' },
    otherDimensions: 'any',
  } as const;
  const log = { namespace: logMetricNamespace(environment, cluster), dimensions: {} };
  const logs = Object.fromEntries(Object.values(LogMetric).map((name) => [name, LOG]));
  return {
    ...readings(NEWEST, own(subject)),
    ...(hostGroup !== undefined && { ...readings(HOST, host), ...readings(logs, log) }),
    ...(volumeId !== undefined && readings(VOLUME, volume)),
  };
}

/** Of each runway: hours by five minutes, a week by the hour. */
const SHORT = 6 * HOUR;
const WEEK = 7 * DAY;
const PAST = {
  diskShort: [Metric.DATA_VOLUME_FREE_PERCENT, 'Minimum', FIVE, SHORT],
  diskLong: [Metric.DATA_VOLUME_FREE_PERCENT, 'Minimum', HOUR, WEEK],
  xidShort: [Metric.XID_AGE, 'Maximum', FIVE, SHORT],
  xidLong: [Metric.XID_AGE, 'Maximum', HOUR, WEEK],
  freeze: [Metric.FREEZE_PERCENT, 'Maximum', FIVE, LATELY],
  multixactShort: [Metric.MULTIXACT_PERCENT, 'Maximum', FIVE, SHORT],
  multixactLong: [Metric.MULTIXACT_PERCENT, 'Maximum', HOUR, WEEK],
  sequenceLong: [Metric.SEQUENCE_PERCENT, 'Maximum', HOUR, WEEK],
  connections: [Metric.CONNECTIONS_PERCENT, 'Maximum', HOUR, WEEK],
  slots: [Metric.SLOT_ROOM_PERCENT, 'Minimum', FIVE, SHORT],
} as const;
/** What {@link pastMetrics} reads. */
export type PastName = keyof typeof PAST;

/** What runways are fitted on: 10 metrics. */
export function pastMetrics(subject: Subject): Readonly<Record<PastName, Wanted>> {
  return named(PAST, subject);
}

/** So that the hour of now is in it as it was a week ago. */
const WEEK_AND_DAY = 8 * DAY;
const RATES = {
  walNow: [Metric.WAL_BYTES_PER_SEC, 'Average', MINUTE, FIVE],
  walHours: [Metric.WAL_BYTES_PER_SEC, 'Average', HOUR, WEEK_AND_DAY],
  commitsNow: [Metric.COMMITS_PER_MIN, 'Average', MINUTE, FIVE],
  commitsHours: [Metric.COMMITS_PER_MIN, 'Average', HOUR, WEEK_AND_DAY],
} as const;
/** What {@link rateMetrics} reads. */
export type RateName = keyof typeof RATES;

/** What is now, and what was at the hours of eight days: 4 metrics. */
export function rateMetrics(subject: Subject): Readonly<Record<RateName, Wanted>> {
  return named(RATES, subject);
}

/** Errors and throttles of functions within a quarter of an hour: `e<index>` and `t<index>`. */
export function functionMetrics(functions: readonly string[]): Readonly<Record<string, Wanted>> {
  const of = (metric: string, FunctionName: string): Wanted => ({
    namespace: 'AWS/Lambda',
    metric,
    dimensions: { FunctionName },
    statistic: 'Sum',
    periodSec: FIVE,
    spanSec: LATELY,
  });
  return Object.fromEntries(
    functions.flatMap((name, index) => [
      [`e${index}`, of('Errors', name)],
      [`t${index}`, of('Throttles', name)],
    ]),
  );
}

type Source = Pick<Wanted, 'namespace' | 'dimensions' | 'otherDimensions'>;

function own({ environment, cluster }: Subject): Source {
  return {
    namespace: METRIC_NAMESPACE,
    dimensions: {
      [Dimension.SERVICE]: SERVICE,
      [Dimension.ENVIRONMENT]: environment,
      [Dimension.CLUSTER]: cluster,
    },
  };
}

function readings<N extends string>(
  metrics: Readonly<Record<N, Reading>>,
  source: Source,
): Record<N, Wanted> {
  const wanted = Object.entries<Reading>(metrics).map(([metric, reading]) => {
    const [statistic, periodSec, spanSec] = reading;
    return [metric, { ...source, metric, statistic, periodSec, spanSec }] as const;
  });
  // Has the names of the metrics, each once.
  return Object.fromEntries(wanted) as Record<N, Wanted>;
}

function named<N extends string>(
  metrics: Readonly<Record<N, readonly [MetricName, ...Reading]>>,
  subject: Subject,
): Readonly<Record<N, Wanted>> {
  const source = own(subject);
  const wanted = Object.entries<readonly [MetricName, ...Reading]>(metrics).map(([name, row]) => {
    const [metric, statistic, periodSec, spanSec] = row;
    return [name, { ...source, metric, statistic, periodSec, spanSec }] as const;
  });
  return Object.fromEntries(wanted) as Record<N, Wanted>;
}
