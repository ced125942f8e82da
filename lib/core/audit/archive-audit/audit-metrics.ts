import { Metric, type MetricName } from '../../contract/metrics.ts';
import type { AuditRecord } from './audit-record.ts';

/**
 * What an audit that saw everything publishes, in the units of the contract; nothing of one that goes on.
 * What is not known is not published: without a recoverable point it has no age.
 */
export function auditMetrics({
  stage,
  figures,
  findings,
}: AuditRecord): readonly (readonly [MetricName, number])[] {
  if (stage !== 'done' || figures === undefined) return [];
  const { stored, recoverablePoint, hashes } = figures;
  const faults = findings.listed.filter(({ severity }) => severity === 'fault').length;
  return [
    [Metric.AUDIT_COMPLETED, 1],
    [Metric.AUDIT_FINDINGS, faults + findings.more],
    [Metric.ARCHIVE_GAPS, figures.gaps],
    ...(recoverablePoint === undefined
      ? []
      : ([[Metric.RECOVERABLE_POINT_AGE_SEC, recoverablePoint.ageSec]] as const)),
    [Metric.RECOVERY_WINDOW_DAYS, figures.windowDays],
    [Metric.RECOVERY_WINDOW_SHORT_DAYS, figures.windowShortDays],
    [Metric.RESTORABLE_BACKUPS, figures.restorableBackups],
    [Metric.STORED_WAL_BYTES, stored.wal.bytes + stored.index.bytes + stored.tail.bytes],
    [Metric.STORED_BACKUP_BYTES, stored.base.bytes],
    [Metric.STORED_OTHER_BYTES, stored.other.bytes],
    [Metric.STORED_GROWTH_BYTES_PER_DAY, figures.growthBytesPerDay],
    ...(hashes === undefined
      ? []
      : ([
          [Metric.CORRUPT_OBJECTS, hashes.corruptObjects],
          [Metric.HASH_AGE_DAYS, hashes.ageDays],
          [Metric.HASH_AUDITED_BYTES, hashes.readBytes],
        ] as const)),
  ];
}
