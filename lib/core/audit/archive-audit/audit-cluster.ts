import type { RetentionPolicy } from '../../config/retention-policy.ts';
import { occurrenceId } from '../../contract/deployed-names.ts';
import { Event } from '../../contract/events.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Invocation } from '../../ports/invocation.ts';
import type { Log } from '../../ports/log.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { currentLineage } from '../../store/current-lineage.ts';
import { auditArchive } from './audit-archive.ts';
import { auditMetrics } from './audit-metrics.ts';
import type { AuditRecord } from './audit-record.ts';

/** What {@link auditCluster} works with. */
export interface AuditContext {
  readonly cluster: string;
  readonly store: ObjectStore;
  readonly policy: RetentionPolicy;
  readonly invocation: Invocation;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** For windows and findings, once all was listed, and the record. */
const RESERVE_MS = 90_000;
/** A log is read by people. */
const MOST_LINES = 20;

/**
 * Audits what a cluster writes to now, publishes what it measured, and logs what it found.
 *
 * @throws {@link OpsError} as {@link auditArchive}; `CATALOG-CLUSTER`.
 */
export async function auditCluster(
  scheduledTime: Date,
  context: AuditContext,
): Promise<AuditRecord> {
  const { cluster, store, policy, invocation, telemetry, log, signal } = context;
  const { lineage } = await currentLineage(store, cluster, { signal });
  const record = await auditArchive({
    ...context,
    lineage,
    id: occurrenceId(scheduledTime),
    windowDays: policy.windowDays,
    failedAfterHours: policy.failedAfterHours,
    isTimeUp: () => invocation.remainingMs() < RESERVE_MS,
  });
  for (const [metric, value] of auditMetrics(record)) telemetry.add(metric, value);
  telemetry.flush();
  const { listed, more } = record.findings;
  const faults = listed.filter(({ severity }) => severity === 'fault');
  for (const { code, object, detail } of faults.slice(0, MOST_LINES)) {
    log.warn(Event.AUDIT_FINDING, { cluster, error_code: code, object_key: object, detail });
  }
  const { figures } = record;
  log.info(Event.ARCHIVE_AUDITED, {
    cluster,
    audit_id: record.id,
    pass: record.pass,
    stage: record.stage,
    findings: faults.length + more,
    gaps: figures?.gaps,
    restorable_backups: figures?.restorableBackups,
    window_days: figures?.windowDays,
    recoverable_lsn: figures?.recoverablePoint?.lsn,
  });
  return record;
}
