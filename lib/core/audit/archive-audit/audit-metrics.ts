import { Metric, type MetricName } from '../../contract/metrics.ts';
import type { AuditFigures, AuditRecord } from './audit-record.ts';

/**
 * What audits of a cluster's lineages publish, in the units of the contract, once all saw everything; nothing
 * while one goes on. What is not known is not published: without a recoverable point it has no age.
 *
 * @param records - of the lineage that the cluster writes to, which alone tells what can be recovered now, and
 *   of all others, with which findings, holes and bytes are summed up.
 */
export function auditMetrics(
  records: readonly AuditRecord[],
): readonly (readonly [MetricName, number])[] {
  const all = records.flatMap(({ stage, figures }) => (stage === 'done' && figures) || []);
  const [current] = all;
  if (current === undefined || all.length < records.length) return [];
  const sum = (of: (figures: AuditFigures) => number): number =>
    all.reduce((total, figures) => total + of(figures), 0);
  const { recoverablePoint } = current;
  return [
    [Metric.AUDIT_COMPLETED, 1],
    [Metric.AUDIT_FINDINGS, records.reduce((total, record) => total + faultsOf(record), 0)],
    [Metric.ARCHIVE_GAPS, sum(({ gaps }) => gaps)],
    ...(recoverablePoint === undefined
      ? []
      : ([[Metric.RECOVERABLE_POINT_AGE_SEC, recoverablePoint.ageSec]] as const)),
    [Metric.RECOVERY_WINDOW_DAYS, current.windowDays],
    [Metric.RECOVERY_WINDOW_SHORT_DAYS, current.windowShortDays],
    [Metric.RESTORABLE_BACKUPS, current.restorableBackups],
    [
      Metric.STORED_WAL_BYTES,
      sum(({ stored: { wal, index, tail } }) => wal.bytes + index.bytes + tail.bytes),
    ],
    [Metric.STORED_BACKUP_BYTES, sum(({ stored }) => stored.base.bytes)],
    [Metric.STORED_OTHER_BYTES, sum(({ stored }) => stored.other.bytes)],
    [Metric.STORED_GROWTH_BYTES_PER_DAY, sum((figures) => figures.growthBytesPerDay)],
    ...ageMetrics(all.flatMap(({ unreadDays, hashes }) => unreadDays ?? hashes?.ageDays ?? [])),
    ...hashMetrics(all.flatMap(({ hashes }) => hashes ?? [])),
  ];
}

function faultsOf({ findings }: AuditRecord): number {
  return findings.listed.filter(({ severity }) => severity === 'fault').length + findings.more;
}

/** Grows too where nobody reads, so that its alarm comes and stays. */
function ageMetrics(days: readonly number[]): readonly (readonly [MetricName, number])[] {
  return days.length === 0 ? [] : [[Metric.HASH_AGE_DAYS, Math.max(...days)]];
}

function hashMetrics(
  all: readonly NonNullable<AuditFigures['hashes']>[],
): readonly (readonly [MetricName, number])[] {
  if (all.length === 0) return [];
  return [
    [Metric.CORRUPT_OBJECTS, all.reduce((total, one) => total + one.corruptObjects, 0)],
    [Metric.HASH_AUDITED_BYTES, all.reduce((total, one) => total + one.readBytes, 0)],
  ];
}
