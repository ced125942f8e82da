import { readingHidden } from '../store/reading-hidden.ts';
import { readBackupRecord } from '../catalog/read-backups.ts';
import { Event } from '../contract/events.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { DataDirectory } from '../ports/data-directory.ts';
import type { PostgresInstance } from '../ports/postgres-instance.ts';
import type { HeldTablespaces, TablespacePlace } from '../ports/tablespace-site.ts';
import { extractBase } from './extract-base.ts';
import { hiddenReads } from './hidden-reads.ts';
import { withBackupInUse } from './in-use.ts';
import { settleConfiguration } from './inspection/settle-configuration.ts';
import { finishDirectory, prepareDirectory } from './prepare-directory.ts';
import type { RecoveryContext, RecoveryJob, RecoveryResult } from './recovery-context.ts';
import type { RecoveryPlan } from './plan/recovery-plan.ts';
import { type RecoveryMeter, recoveryMeter } from './recovery-progress.ts';
import { replay, type Replayed } from './replay/replay.ts';
import { formatTarget } from './plan/target.ts';
import { placeTablespaces } from './tablespaces/place-tablespaces.ts';
import { DIGESTS_IN_TURN } from '../tar/stream-digest.ts';
import { NO_MAPPING } from './tablespaces/tablespace-mapping.ts';

const DEFAULT_PATIENCE_MS = 600_000;
/** Room for WAL that waits and that the server keeps between restart points. */
const WAL_ROOM_BYTES = 1536 * 1024 * 1024;

/**
 * Recovers a database into an empty directory: extracts the base backup, replays WAL up to the
 * target, proves what was reached, and leaves a stopped server: a clone that archives nowhere, or in
 * place the cluster's own.
 *
 * Until then the directory is marked as unfinished and no server can be started on it by accident;
 * the same call on it starts over. A failure never promotes and never touches the store. What the plan
 * counts on is read even where a delete marker hides it by now. Meanwhile a lease keeps the backup from
 * retention; where none can be had, a note says so.
 *
 * @throws {@link OpsError} before anything is written: `PG-VERSION`, `RESTORE-NOT-EMPTY`,
 *   `RESTORE-IN-USE`, `RESTORE-OWNER`, `BACKUP-TABLESPACE` for one that is not mapped,
 *   `RESTORE-TABLESPACE`; then `RESTORE-SPACE`, `STORE-CORRUPT`, `RESTORE-WAL`, `BACKUP-TABLESPACE`
 *   for one that nobody knew of, `RESTORE-ABORTED`, `RESTORE-TIMEOUT`, `RESTORE-MISMATCH`, the store's
 *   own, `PG-FAILED` when files were to be verified and differ, and the signal's reason.
 */
export async function recover(
  plan: RecoveryPlan,
  job: RecoveryJob,
  context: RecoveryContext,
): Promise<RecoveryResult> {
  const { log, site, signal, postgres } = context;
  const meter = recoveryMeter(context.clock, context.report ?? (() => undefined));
  assertVersion(plan, postgres);
  const places = placeTablespaces(plan, job.tablespaceMapping ?? NO_MAPPING);
  signal?.throwIfAborted();
  meter.enter('claiming');
  await site.inspectTablespaces(places, job.dataDirectory);
  await using directory = await site.claim(job.dataDirectory);
  await using tablespaces = await site.holdTablespaces(places, directory.path);
  const target = { directory, tablespaces, places };
  // Not before it is sure to begin: what is refused leaves nothing in the store.
  const { value, notes } = await withBackupInUse(plan.backup.id, context, async () =>
    fillDirectory(plan, job, context, target, meter),
  );
  const { restoreSec, hiddenNotes, replayed } = value;
  const { reached, timeline, replaySec } = replayed;
  const result = {
    ...reached,
    backupId: plan.backup.id,
    timeline,
    target: formatTarget(plan.target),
    restoreSec,
    replaySec,
    dataDirectory: directory.path,
    notes: [],
  };
  const kept = await job.inPlace?.settle(result);
  const settle = async () => settleConfiguration({ directory, postgres, signal });
  await tablespaces.settle();
  const finished = await finishDirectory(directory, kept, settle);
  await tablespaces.finish();
  log.info(Event.RESTORE_COMPLETED, { backup_id: plan.backup.id, timeline });
  return { ...result, notes: [...finished, ...replayed.notes, ...hiddenNotes, ...notes] };
}

/** All that is read from the store. */
interface FilledDirectory {
  readonly restoreSec: number;
  readonly replayed: Replayed;
  readonly hiddenNotes: readonly string[];
}

async function fillDirectory(
  plan: RecoveryPlan,
  job: RecoveryJob,
  context: RecoveryContext,
  target: RestoreTarget,
  meter: RecoveryMeter,
): Promise<FilledDirectory> {
  const { directory } = target;
  const { onHidden, notes } = hiddenReads(context.log);
  const base = { ...context, store: readingHidden(context.store, onHidden) };
  const restoreSec = await restoreFiles(plan, job, base, target, meter);
  meter.enter('replaying', plan.segmentCount);
  const patienceMs = job.patienceMs ?? DEFAULT_PATIENCE_MS;
  const unfinishedSegment = job.inPlace?.unfinishedSegment;
  const replaying = { ...context, plan, directory, meter, patienceMs, unfinishedSegment, onHidden };
  return { restoreSec, replayed: await replay(replaying), hiddenNotes: notes() };
}

/** Room for WAL that a replay needs at most. */
export function replayRoomBytes({ walBytes }: Pick<RecoveryPlan, 'walBytes'>): number {
  return Math.min(walBytes, WAL_ROOM_BYTES);
}

/** What a recovery writes to. */
interface RestoreTarget {
  readonly directory: DataDirectory;
  readonly tablespaces: HeldTablespaces;
  readonly places: readonly TablespacePlace[];
}

/** Extracts the base and gets it ready for a server; gives the seconds that took. */
async function restoreFiles(
  plan: RecoveryPlan,
  job: RecoveryJob,
  context: RecoveryContext,
  { directory, tablespaces, places }: RestoreTarget,
  meter: RecoveryMeter,
): Promise<number> {
  const { store, lineage, signal, site, postgres, log, digests = DIGESTS_IN_TURN } = context;
  const { backup } = plan;
  const elsewhere = places.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = backup.bytes - elsewhere + replayRoomBytes(plan);
  await tablespaces.assertRoom({ path: directory.path, bytes });
  await job.inPlace?.prepare();
  await prepareDirectory(directory);
  meter.enter('extracting', backup.storedBytes);
  let fetched = 0;
  const passed = (bytes: number): void => {
    fetched += bytes;
    meter.advance(fetched);
  };
  const { trees } = tablespaces;
  const { parallel } = job;
  const record = await readBackupRecord(store, lineage, backup.id, { signal });
  const from = { store, backup: record, digests };
  await extractBase({ ...from, directory, trees, parallel, passed, log, signal });
  await directory.sync();
  await tablespaces.link();
  const restoreSec = meter.phaseSec();
  if (job.verifyFiles === true) {
    meter.enter('verifying files');
    await site.verifyBackup(postgres, directory, { places, signal });
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
