import { availableParallelism } from 'node:os';
import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import { auditHashes } from '../../lib/core/audit/hash-audit/audit-hashes.ts';
import { hashAgeDays } from '../../lib/core/audit/hash-audit/rotation.ts';
import { HashAuditConfig } from '../../lib/core/config/audit-config.ts';
import { RunKind } from '../../lib/core/contract/deployed-names.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { Metric } from '../../lib/core/contract/metrics.ts';
import { currentLineage } from '../../lib/core/store/current-lineage.ts';
import { runTask, type Task, type TaskProcess } from '../shared/run-task.ts';

/** Reads a day's share of an archive against its hashes. What it finds is no failure of its own. */
const hashAudit: Task<typeof HashAuditConfig> = {
  name: RunKind.HASH_AUDIT,
  config: HashAuditConfig,
  elapsedMetric: Metric.HASH_AUDIT_ELAPSED_SEC,
  run: async (config, { clock, log, signal, report }) => {
    const { cluster, storeUrl, kmsKey, envelopeKey, timeoutSec, maxBytes } = config;
    const store = await openObjectStore(storeUrl, { kmsKey, envelopeKey });
    const { lineage } = await currentLineage(store, cluster, { signal });
    const endsAtMs = clock.elapsedMs() + timeoutSec * 1_000;
    const record = await auditHashes({
      store,
      lineage,
      clock,
      maxBytes,
      isTimeUp: () => clock.elapsedMs() >= endsAtMs,
      parallel: availableParallelism(),
      onProgress: (objects, bytes) => report({ fields: { objects, bytes }, metrics: [] }),
      signal,
    });
    const { listed, more } = record.findings;
    for (const { code, object, detail } of listed) {
      log.warn(Event.AUDIT_FINDING, { cluster, error_code: code, object_key: object, detail });
    }
    return {
      cluster,
      audit_id: record.id,
      objects: record.readObjects,
      bytes: record.readBytes,
      corrupt_objects: listed.length + more,
      age_days: Math.round(hashAgeDays(record, clock.now()) * 10) / 10,
      is_finished: record.sweep === undefined,
    };
  },
};

/** Runs the task to its end; gives the exit status. */
export async function runHashAuditTask(io: TaskProcess): Promise<number> {
  return runTask(hashAudit, io);
}
