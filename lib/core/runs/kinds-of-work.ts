import { AuditKind } from '../audit/archive-audit/find-audits.ts';
import { restorableBackups } from '../catalog/restorable-backups.ts';
import { occurrenceId, RunKind } from '../contract/deployed-names.ts';
import type { MetricName } from '../contract/metrics.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { CurrentLineage } from '../store/current-lineage.ts';
import { timelineOf } from '../store/writer-epoch.ts';
import { findMadeBackup } from './made-backup.ts';
import { backupMetrics, hashAuditMetrics } from './outcome-metrics.ts';
import type { OutcomeRecord } from './run-records.ts';
import type { StoppedTask } from './stopped-task.ts';

/** What the store has of a task that ended with 0. */
export type Proof = Pick<OutcomeRecord, 'backup'>;

/** What tells the tasks of one kind from others, once they have stopped. */
export interface KindOfWork {
  /** What a task of it leaves in the store. */
  readonly product: string;
  /** Of a task that ended with 0 and left none. */
  readonly lacking: ErrorCode;
  readonly findProof: (
    store: ObjectStore,
    current: CurrentLineage,
    task: StoppedTask,
    options: CallOptions,
  ) => Promise<Proof | undefined>;
  readonly metrics: (outcome: OutcomeRecord) => readonly (readonly [MetricName, number])[];
}

/** By kind. */
export const KINDS_OF_WORK: Readonly<Record<RunKind, KindOfWork>> = {
  [RunKind.BASE_BACKUP]: {
    product: 'restorable backup',
    lacking: 'BACKUP-FAILED',
    findProof: async (store, { lineage, writer }, task, options) => {
      const restorable = restorableBackups(store, lineage, timelineOf(writer), options);
      const found = await findMadeBackup(restorable, task);
      if (found === undefined) return undefined;
      const { made, previous } = found;
      return { backup: { id: made.id, bytes: made.bytes, previousBytes: previous?.bytes } };
    },
    metrics: backupMetrics,
  },
  [RunKind.HASH_AUDIT]: {
    product: 'record of an audit',
    lacking: 'STORE-ABSENT',
    findProof: async (store, { lineage: { keys } }, { createdAt }, { signal }) => {
      // Ids begin with the moment at which their task began.
      const after = keys.audit(occurrenceId(new Date(createdAt.getTime() - 1_000)));
      for await (const { key } of store.list(keys.auditPrefix, { signal, after })) {
        if (key.endsWith(`${AuditKind.HASH}.json`)) return {};
      }
      return undefined;
    },
    metrics: hashAuditMetrics,
  },
};
