import { Metric, type MetricName } from '../contract/metrics.ts';
import type { OutcomeRecord } from './run-records.ts';

/** Metrics that tell how the task of a base backup ended, in the units of the contract. */
export function backupMetrics(outcome: OutcomeRecord): readonly (readonly [MetricName, number])[] {
  const { verdict, isRetried, startedAt, stoppedAt, backup } = outcome;
  const rows: (readonly [MetricName, number])[] = [];
  if (verdict === 'not-started') rows.push([Metric.TASK_NOT_STARTED, 1]);
  if (verdict !== 'succeeded') {
    rows.push([isRetried ? Metric.BACKUP_RETRIED : Metric.BACKUP_FAILED, 1]);
    return rows;
  }
  rows.push([Metric.BACKUP_SUCCEEDED, 1]);
  if (startedAt !== undefined && stoppedAt !== undefined) {
    rows.push([Metric.BACKUP_DURATION_SEC, (stoppedAt.getTime() - startedAt.getTime()) / 1_000]);
  }
  if (backup === undefined) return rows;
  rows.push([Metric.BACKUP_BYTES, backup.bytes]);
  // Of nothing there is no share.
  if (backup.previousBytes !== undefined && backup.previousBytes > 0) {
    rows.push([Metric.BACKUP_SIZE_PERCENT, (100 * backup.bytes) / backup.previousBytes]);
  }
  return rows;
}

/** As {@link backupMetrics}, for an audit of hashes: what it read, it tells itself. */
export function hashAuditMetrics({
  verdict,
  isRetried,
}: OutcomeRecord): readonly (readonly [MetricName, number])[] {
  return verdict === 'succeeded' || isRetried ? [] : [[Metric.HASH_AUDIT_FAILED, 1]];
}
