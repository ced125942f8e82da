import { availableParallelism } from 'node:os';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { auditClusterHashes } from '../../lib/core/audit/hash-audit/audit-cluster-hashes.ts';
import type { HashRecord } from '../../lib/core/audit/hash-audit/hash-record.ts';
import { hashAgeDays } from '../../lib/core/audit/hash-audit/rotation.ts';
import { HashAuditConfig } from '../../lib/core/config/audit-config.ts';
import { RunKind } from '../../lib/core/contract/deployed-names.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { Metric } from '../../lib/core/contract/metrics.ts';
import { runTask, type Task, type TaskProcess } from '../shared/run-task.ts';

/** Reads a day's share of an archive against its hashes. What it finds is no failure of its own. */
const hashAudit: Task<typeof HashAuditConfig> = {
  name: RunKind.HASH_AUDIT,
  config: HashAuditConfig,
  elapsedMetric: Metric.HASH_AUDIT_ELAPSED_SEC,
  run: async (config, { clock, log, signal, report }) => {
    const { cluster, storeUrl, kmsKey, envelopeKey, timeoutSec, maxBytes } = config;
    const store = await openObjectStore(storeUrl, { kmsKey, envelopeKey });
    const endsAtMs = clock.elapsedMs() + timeoutSec * 1_000;
    const records = await auditClusterHashes({
      cluster,
      store,
      clock,
      maxBytes,
      isTimeUp: () => clock.elapsedMs() >= endsAtMs,
      parallel: availableParallelism(),
      onProgress: (objects, bytes) => report({ fields: { objects, bytes }, metrics: [] }),
      signal,
    });
    for (const { code, object, detail } of records.flatMap(({ findings }) => findings.listed)) {
      log.warn(Event.AUDIT_FINDING, { cluster, error_code: code, object_key: object, detail });
    }
    const sum = (of: (record: HashRecord) => number): number =>
      records.reduce((total, record) => total + of(record), 0);
    const ageDays = Math.max(...records.map((record) => hashAgeDays(record, clock.now())));
    return {
      cluster,
      audit_id: records[0]?.id,
      objects: sum(({ readObjects }) => readObjects),
      bytes: sum(({ readBytes }) => readBytes),
      corrupt_objects: sum(({ findings }) => findings.listed.length + findings.more),
      age_days: Math.round(ageDays * 10) / 10,
      is_finished: records.every(({ sweep }) => sweep === undefined),
    };
  },
};

/** Runs the task to its end; gives the exit status. */
export async function runHashAuditTask(io: TaskProcess): Promise<number> {
  return runTask(hashAudit, io);
}
