import { readFile } from 'node:fs/promises';
import {
  type LogMetricName,
  logMetricNamespace,
} from '../../../lib/core/contract/health-metrics.ts';
import { filterPattern, LOG_FILTERS } from '../../../lib/infra/monitoring/health/log-filters.ts';
import { metricKey } from '../../fire-drill/evaluator/simulate.ts';
import type { Emission } from '../../fire-drill/run-drill.ts';

/** What CloudWatch counts in the lines that a server has written to its log after the first `skip` characters. */
export async function countedIn(
  logFile: string,
  metric: LogMetricName,
  skip: number,
): Promise<Emission> {
  const filter = LOG_FILTERS.find((one) => one.metric === metric);
  if (filter === undefined) throw new Error(`nothing counts ${metric}`);
  const { logPatternString } = filterPattern(filter);
  const terms = [...logPatternString.matchAll(/"([^"]+)"/g)].map(([, term = '']) => term);
  const lines = (await readFile(logFile, 'utf8')).slice(skip).split('\n');
  const found = lines.filter((line) => terms.some((term) => line.includes(term))).length;
  return { [metricKey(logMetricNamespace('prod', 'orders'), metric)]: found };
}

/** How much a server has written to its log so far. */
export async function logLength(logFile: string): Promise<number> {
  return (await readFile(logFile, 'utf8')).length;
}
