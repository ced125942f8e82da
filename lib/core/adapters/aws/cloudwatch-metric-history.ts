import {
  CloudWatchClient,
  type GetMetricDataInput,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { OpsError } from '../../errors/ops-error.ts';
import { inOrder, type Point } from '../../health/runway/fit-trend.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MetricHistory, Wanted } from '../../ports/metric-history.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

/** CloudWatch takes no more in one request. */
const MOST_METRICS = 500;
const SECOND_MS = 1_000;

/** A metric, and the name that its caller gave it. */
type Named = readonly [string, Wanted];

/**
 * Reads the past of metrics from CloudWatch: one request for all that look equally far back, of 500 metrics at most,
 * and more for what does not fit an answer. Periods begin at multiples of their length, which is how CloudWatch
 * keeps them. Each metric of a request costs, whatever it holds.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
export function cloudWatchMetricHistory(
  { clock }: { readonly clock: Clock },
  client = new CloudWatchClient(CLIENT_SETTINGS),
): MetricHistory {
  return {
    read: async <N extends string>(
      wanted: Readonly<Record<N, Wanted>>,
      { signal }: { readonly signal?: AbortSignal } = {},
    ) => {
      const now = clock.now();
      const found = new Map<string, Point[]>(Object.keys(wanted).map((name) => [name, []]));
      for (const group of requestsFor(Object.entries<Wanted>(wanted))) {
        await awsCall(
          `cloudwatch:GetMetricData of ${group.length} metrics`,
          async () => readGroup(client, { group, now, found, signal }),
          signal,
        );
      }
      const entries = [...found].map(([name, points]) => [name, inOrder(points)] as const);
      // Has the names of what was wanted, each once.
      return Object.fromEntries(entries) as Readonly<Record<N, readonly Point[]>>;
    },
  };
}

/** Metrics by how far back they look, so that none gives points that nobody asked for. */
function requestsFor(wanted: readonly Named[]): readonly (readonly Named[])[] {
  const groups = Map.groupBy(wanted, ([, { spanSec, periodSec }]) => `${spanSec} ${periodSec}`);
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / MOST_METRICS) }, (_, index) =>
      group.slice(index * MOST_METRICS, (index + 1) * MOST_METRICS),
    ),
  );
}

interface GroupRead {
  readonly group: readonly Named[];
  readonly now: Date;
  /** Filled by the names of the group. */
  readonly found: ReadonlyMap<string, Point[]>;
  readonly signal: AbortSignal | undefined;
}

async function readGroup(
  client: CloudWatchClient,
  { group, now, found, signal }: GroupRead,
): Promise<void> {
  const [, { spanSec = 0, periodSec = 60 } = {}] = group[0] ?? [];
  const periodMs = periodSec * SECOND_MS;
  const from = Math.floor((now.getTime() - spanSec * SECOND_MS) / periodMs) * periodMs;
  const input: GetMetricDataInput = {
    StartTime: new Date(from),
    EndTime: now,
    ScanBy: 'TimestampAscending',
    MetricDataQueries: group.map(([, one], index) => queryOf(one, index)),
  };
  const pages = paginateGetMetricData({ client }, input, { abortSignal: signal });
  for await (const { MetricDataResults = [] } of pages) {
    for (const { Id, StatusCode, Timestamps = [], Values = [] } of MetricDataResults) {
      const [name, one] = group[Number(Id?.slice(1))] ?? [];
      if (name === undefined || one === undefined) continue;
      if (StatusCode === 'InternalError' || StatusCode === 'Forbidden') throw unread(one);
      for (const [index, at] of Timestamps.entries()) {
        const value = Values[index];
        if (value !== undefined) found.get(name)?.push({ at, value });
      }
    }
  }
}

function queryOf(wanted: Wanted, index: number): MetricDataQuery {
  const { namespace, metric, dimensions, statistic, periodSec } = wanted;
  const Id = `m${index}`;
  if (wanted.otherDimensions === 'any') return { Id, Expression: searchFor(wanted) };
  return {
    Id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodSec,
      Stat: statistic,
    },
  };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html */
function searchFor({ namespace, metric, dimensions, statistic, periodSec }: Wanted): string {
  const terms = Object.entries({ Namespace: namespace, MetricName: metric, ...dimensions });
  const words = terms.map(([name, value]) => `${name}="${value}"`).join(' ');
  return `SEARCH('${words}', '${statistic}', ${periodSec})`;
}

/** Silence of CloudWatch is not silence of what it watches. */
function unread({ namespace, metric }: Wanted): OpsError {
  return new OpsError('AWS-FAILED', `CloudWatch could not read ${namespace} ${metric}`, {
    hint: 'see the status of CloudWatch; the call is repeated by whoever made it',
  });
}
