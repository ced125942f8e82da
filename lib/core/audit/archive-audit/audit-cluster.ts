import type { RetentionPolicy } from '../../config/retention-policy.ts';
import { occurrenceId } from '../../contract/deployed-names.ts';
import { Event } from '../../contract/events.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Invocation } from '../../ports/invocation.ts';
import type { Log } from '../../ports/log.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { type CurrentLineage, lineagesByUse } from '../../store/current-lineage.ts';
import { inTurn } from '../../store/in-turn.ts';
import type { Lineage } from '../../store/lineage.ts';
import { auditArchive } from './audit-archive.ts';
import { auditMetrics } from './audit-metrics.ts';
import type { AuditRecord, Stage } from './audit-record.ts';

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

/** How an audit of a cluster ended. */
export interface ClusterAudit {
  readonly id: string;
  /** `done`, or where the first lineage that is not goes on. */
  readonly stage: Stage;
}

/**
 * Audits every lineage of a cluster, the one it writes to first, logs what was found, and publishes what was
 * measured once all were seen. The time is theirs together: what it does not do for is done by the next one.
 *
 * @throws {@link OpsError} as {@link auditArchive}, once all had their turn; `CATALOG-CLUSTER`.
 */
export async function auditCluster(
  scheduledTime: Date,
  context: AuditContext,
): Promise<ClusterAudit> {
  const { cluster, store, policy, invocation, telemetry, signal } = context;
  const records: AuditRecord[] = [];
  const auditOne = async ({ lineage }: Pick<CurrentLineage, 'lineage'>): Promise<void> => {
    const record = await auditArchive({
      ...context,
      lineage,
      id: occurrenceId(scheduledTime),
      windowDays: policy.windowDays,
      failedAfterHours: policy.failedAfterHours,
      isTimeUp: () => invocation.remainingMs() < RESERVE_MS,
    });
    tell(record, lineage, context);
    records.push(record);
  };
  await inTurn(await lineagesByUse(store, cluster, { signal }), auditOne, { signal });
  for (const [metric, value] of auditMetrics(records)) telemetry.add(metric, value);
  telemetry.flush();
  const stage = records.map((record) => record.stage).find((one) => one !== 'done') ?? 'done';
  return { id: occurrenceId(scheduledTime), stage };
}

function tell(record: AuditRecord, { keys }: Lineage, { cluster, log }: AuditContext): void {
  const { listed, more } = record.findings;
  const faults = listed.filter(({ severity }) => severity === 'fault');
  for (const { code, object, detail } of faults.slice(0, MOST_LINES)) {
    log.warn(Event.AUDIT_FINDING, { cluster, error_code: code, object_key: object, detail });
  }
  const { figures } = record;
  log.info(Event.ARCHIVE_AUDITED, {
    cluster,
    object_key: keys.audit(record.id),
    audit_id: record.id,
    pass: record.pass,
    stage: record.stage,
    findings: faults.length + more,
    gaps: figures?.gaps,
    restorable_backups: figures?.restorableBackups,
    window_days: figures?.windowDays,
    recoverable_lsn: figures?.recoverablePoint?.lsn,
  });
}
