import { Event } from '../contract/events.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { DataDirectory } from '../ports/data-directory.ts';
import type { PostgresInstance } from '../ports/postgres-instance.ts';
import { extractBase } from './extract-base.ts';
import { finishDirectory, prepareDirectory } from './prepare-directory.ts';
import type { RecoveryContext, RecoveryJob, RecoveryResult } from './recovery-context.ts';
import type { RecoveryPlan } from './plan/recovery-plan.ts';
import { type RecoveryMeter, recoveryMeter } from './recovery-progress.ts';
import { replay } from './replay/replay.ts';
import { formatTarget } from './plan/target.ts';

const DEFAULT_PATIENCE_MS = 600_000;
/** Room for WAL that waits and that the server keeps between restart points. */
const WAL_ROOM_BYTES = 1536 * 1024 * 1024;

/**
 * Recovers a database into an empty directory: extracts the base backup, replays WAL up to the
 * target, proves what was reached, and leaves a stopped server that archives nowhere.
 *
 * Until then the directory is marked as unfinished and no server can be started on it by accident;
 * the same call on it starts over. A failure never promotes and never touches the store.
 *
 * @throws {@link OpsError} before anything is written: `PG-VERSION`, `RESTORE-NOT-EMPTY`,
 *   `RESTORE-IN-USE`, `RESTORE-OWNER`; then `RESTORE-SPACE`, `STORE-CORRUPT`, `RESTORE-WAL`,
 *   `BACKUP-TABLESPACE` for one created since the backup, `RESTORE-ABORTED`, `RESTORE-TIMEOUT`, `RESTORE-MISMATCH`, the store's own, `PG-FAILED` when
 *   files were to be verified and differ, and the signal's reason.
 */
export async function recover(
  plan: RecoveryPlan,
  job: RecoveryJob,
  context: RecoveryContext,
): Promise<RecoveryResult> {
  const { clock, log, site, signal } = context;
  const meter = recoveryMeter(clock, context.report ?? (() => undefined));
  assertVersion(plan, context.postgres);
  signal?.throwIfAborted();
  meter.enter('claiming');
  await using directory = await site.claim(job.dataDirectory);
  const restoreSec = await restoreFiles(plan, job, context, directory, meter);
  const startedMs = clock.elapsedMs();
  meter.enter('replaying', plan.segmentCount);
  const patienceMs = job.patienceMs ?? DEFAULT_PATIENCE_MS;
  const { reached, timeline } = await replay({ ...context, plan, directory, meter, patienceMs });
  const replaySec = (clock.elapsedMs() - startedMs) / 1_000;
  const notes = await finishDirectory(directory);
  log.info(Event.RESTORE_COMPLETED, { backup_id: plan.backup.id, timeline });
  return {
    ...reached,
    backupId: plan.backup.id,
    timeline,
    target: formatTarget(plan.target),
    restoreSec,
    replaySec,
    dataDirectory: directory.path,
    notes,
  };
}

/** Extracts the base and gets it ready for a server; gives the seconds that took. */
async function restoreFiles(
  plan: RecoveryPlan,
  job: RecoveryJob,
  context: RecoveryContext,
  directory: DataDirectory,
  meter: RecoveryMeter,
): Promise<number> {
  const { store, signal, site, postgres, log } = context;
  const { backup } = plan;
  await directory.assertRoom(backup.bytes + Math.min(plan.walBytes, WAL_ROOM_BYTES));
  await prepareDirectory(directory);
  meter.enter('extracting', backup.storedBytes);
  let fetched = 0;
  const passed = (bytes: number): void => {
    fetched += bytes;
    meter.advance(fetched);
  };
  await extractBase({ store, backup, directory, parallel: job.parallel, passed, log, signal });
  await directory.sync();
  const restoreSec = meter.phaseSec();
  if (job.verifyFiles === true) {
    meter.enter('verifying files');
    await site.verifyBackup(postgres, directory, { signal });
  }
  return restoreSec;
}

function assertVersion({ backup }: RecoveryPlan, postgres: PostgresInstance): void {
  if (backup.major === postgres.major) return;
  throw new OpsError(
    'PG-VERSION',
    `the backup is of PostgreSQL ${backup.major}, the programs in ${postgres.binDirectory} of ${postgres.major}`,
    { hint: `install PostgreSQL ${backup.major}, or point PGBIN at its programs` },
  );
}
