import { FilterPattern, type IFilterPattern } from 'aws-cdk-lib/aws-logs';
import { LogMetric, type LogMetricName } from '../../../core/contract/health-metrics.ts';

/** What lines of PostgreSQL's own log are counted. */
export interface LogFilter {
  readonly metric: LogMetricName;
  /** Any of these in a line. */
  readonly terms: readonly string[];
}

/**
 * The lines that tell what no view does. By their SQLSTATE where there is one of their own; a block that cannot be
 * read has that of any failed read.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const LOG_FILTERS: readonly LogFilter[] = [
  {
    metric: LogMetric.CORRUPTION_ERRORS,
    terms: ['XX001', 'XX002', 'could not read block', 'missing chunk number', 'invalid page in'],
  },
  { metric: LogMetric.BACKENDS_KILLED, terms: ['was terminated by signal 9'] },
  { metric: LogMetric.AUTOVACUUMS_CANCELLED, terms: ['canceling autovacuum task'] },
];

/**
 * The pattern by which CloudWatch finds such lines: optional terms, of which one is enough, or the only term.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function filterPattern({ terms }: LogFilter): IFilterPattern {
  return FilterPattern.anyTerm(...terms);
}
