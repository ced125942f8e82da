import { BackupRecord } from '../store/records.ts';
import { Event } from '../contract/events.ts';
import { BACKUP_LEASE } from '../contract/key-layout.ts';
import { OpsError, toOpsError } from '../errors/ops-error.ts';
import type { BaseBackupSource, CheckpointMode } from '../ports/base-backup-source.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterServer, ServerDescription } from '../ports/cluster-server.ts';
import type { Digests } from '../ports/digests.ts';
import type { Log } from '../ports/log.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { withLease } from '../store/lease.ts';
import { type Lineage, proveLineageStore } from '../store/lineage.ts';
import { putRecord } from '../store/record.ts';
import { currentWriter } from '../store/writer-epoch.ts';
import { DIGESTS_IN_TURN } from '../tar/stream-digest.ts';
import { segmentAt } from '../wal/segment.ts';
import { awaitBackupWal, proveArchiving } from './archived-wal.ts';
import { type BackupProgress, type ProgressMeter, progressMeter } from './backup-progress.ts';
import { type ClusterCopy, copyCluster } from './copy-cluster.ts';
import { assertCanBackUp, assertNothingLost, backupId, describeBackup } from './plan-backup.ts';
import { withinDeadline } from './run-deadline.ts';
import { watchServerProgress } from './watch-server-progress.ts';

/** What backup to take. */
export interface BackupRequest {
  /** Who takes it, for people: host and process. */
  readonly holder: string;
  readonly checkpoint: CheckpointMode;
  /** KiB per second, 32 to 1048576. @default - no limit */
  readonly maxRateKiB?: number | undefined;
  /** The whole backup must end within this. */
  readonly timeoutMs: number;
  /** A finished segment must be in the store within this. @default 60000 */
  readonly archivingTimeoutMs?: number | undefined;
  /** Target size of a part in plain bytes. @default 256 MiB */
  readonly partBytes?: number | undefined;
  /** Frames compressed at the same time: about one per core. */
  readonly parallel: number;
}

/** What {@link takeBaseBackup} works with. */
export interface BackupContext extends CallOptions {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  /** The primary, also when the copy comes from a standby: it ends segments. */
  readonly server: ClusterServer;
  readonly source: BaseBackupSource;
  /** @default - the copy is hashed in turn with all else */
  readonly digests?: Digests | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Told every change of phase, and in between at most twice a second. */
  readonly report?: ((progress: BackupProgress) => void) | undefined;
}

/** A {@link BackupContext} within the deadline and under the lease. */
type RunContext = BackupContext & { readonly signal: AbortSignal };

/** Names the copy's connection in `pg_stat_activity`; the lease lets one run at a time. */
const APPLICATION_NAME = 'holdfast base backup';
const LABEL = 'holdfast';
const LEASE_TTL_MS = 60_000;
const DEFAULT_PART_BYTES = 256 * 1024 * 1024;
const DEFAULT_ARCHIVING_TIMEOUT_MS = 60_000;

/**
 * Takes a full base backup, and returns its record once everything a restore needs is durable: the
 * copy, its manifest, and all WAL from its start to its stop, proven to be this server's.
 *
 * A failure or an abort leaves no record, hence no backup; objects stored by then are harmless.
 *
 * @throws {@link OpsError} before anything is copied: `WAL-IDENTITY`, `PG-SETTINGS`, `PG-CONNECT`,
 *   `STORE-UNSAFE`, `BACKUP-BUSY`; then `BACKUP-FAILED`, `BACKUP-TAR`,
 *   `BACKUP-LABEL`, `BACKUP-MANIFEST`, `STORE-LEASE`; before and after the copy `BACKUP-ARCHIVING`;
 *   at any time `BACKUP-TIMEOUT` naming the phase, the store's own, and the signal's reason.
 */
export async function takeBaseBackup(
  request: BackupRequest,
  context: BackupContext,
): Promise<BackupRecord> {
  const { cluster } = context.lineage.id;
  try {
    return await takeWithinDeadline(request, context);
  } catch (cause) {
    const { code, message, hint } = toOpsError(cause);
    context.log.error(Event.BACKUP_FAILED, { cluster, error_code: code, error: message, hint });
    throw cause;
  }
}

async function takeWithinDeadline(
  request: BackupRequest,
  context: BackupContext,
): Promise<BackupRecord> {
  const { clock, store, lineage, server } = context;
  const { timeoutMs } = request;
  const meter = progressMeter(clock, context.report ?? (() => undefined));
  const timedOut = (): OpsError => timeoutError(timeoutMs, meter);
  const deadline = { clock, timeoutMs, timedOut, signal: context.signal };
  return withinDeadline(deadline, async (signal) => {
    meter.enter('checking the archive');
    const description = await server.describe({ signal });
    assertCanBackUp(description, lineage.identity);
    await proveLineageStore(store, lineage, { signal });
    const holder = { name: request.holder, ttlMs: LEASE_TTL_MS, clock, signal };
    return withLease(store, lineage.keys.lease(BACKUP_LEASE), holder, async (held) =>
      run(request, { ...context, signal: held }, description, meter),
    );
  });
}

async function run(
  request: BackupRequest,
  context: RunContext,
  description: ServerDescription,
  meter: ProgressMeter,
): Promise<BackupRecord> {
  const { store, lineage, server, clock, log, signal } = context;
  const startedMs = clock.elapsedMs();
  const timeoutMs = request.archivingTimeoutMs ?? DEFAULT_ARCHIVING_TIMEOUT_MS;
  const waiter = { store, lineage, server, clock, signal, timeoutMs };
  await proveArchiving(waiter, description.timeline);
  const writer = await currentWriter(store, lineage, { signal });

  meter.enter('waiting for a checkpoint');
  const startedAt = await server.now({ signal });
  const copy = await copyWatched(request, context, startedAt, meter);
  const finishedAt = await server.now({ signal });
  const record = describeBackup(lineage.identity, description, copy, { startedAt, finishedAt });

  meter.enter('waiting for WAL');
  await awaitBackupWal(waiter, record.timeline, record.startSegment, record.stopSegment);

  meter.enter('writing the record');
  const key = lineage.keys.backup(record.id).record;
  await putRecord(store, key, BackupRecord, record, { epoch: writer?.epoch ?? 0, signal });
  log.info(Event.BACKUP_COMPLETED, {
    cluster: record.cluster,
    backup_id: record.id,
    bytes: record.bytes,
    stored_bytes: record.storedBytes,
    duration_ms: Math.round(clock.elapsedMs() - startedMs),
  });
  return record;
}

async function copyWatched(
  request: BackupRequest,
  context: RunContext,
  startedAt: Date,
  meter: ProgressMeter,
): Promise<ClusterCopy> {
  const { store, lineage, server, source, clock, log, digests = DIGESTS_IN_TURN } = context;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, context.signal]);
  const { checkpoint, maxRateKiB, parallel, partBytes = DEFAULT_PART_BYTES } = request;
  const options = { checkpoint, maxRateKiB, label: LABEL, applicationName: APPLICATION_NAME };
  const stream = source.start({ ...options, signal });
  const watching = watchServerProgress(server, APPLICATION_NAME, meter, clock, signal);
  try {
    const { systemIdentifier, cluster, segmentBytes } = lineage.identity;
    const copy = await copyCluster(stream, {
      store,
      log,
      signal,
      systemIdentifier,
      partBytes,
      parallel,
      digests,
      place: ({ timeline, startLsn }) => {
        const startSegment = segmentAt(timeline, startLsn, segmentBytes);
        const id = backupId(startedAt, { timeline, startSegment });
        log.info(Event.BACKUP_STARTED, { cluster, backup_id: id });
        return lineage.keys.backup(id);
      },
      onBytes: (bytes) => meter.add(bytes),
    });
    assertNothingLost(copy.skipped);
    for (const file of copy.skipped) log.warn(Event.BACKUP_FILE_SKIPPED, { cluster, file });
    for (const file of copy.checksumFailures) {
      log.error(Event.BACKUP_CHECKSUM_FAILED, { cluster, file });
    }
    return copy;
  } finally {
    over.abort();
    await Promise.allSettled([stream.finished, watching]);
  }
}

function timeoutError(timeoutMs: number, meter: ProgressMeter): OpsError {
  return new OpsError(
    'BACKUP-TIMEOUT',
    `the backup did not end within ${timeoutMs / 1000} s, it was ${meter.phase()}`,
    {
      hint: 'for WAL: see why archiving is stuck; for a checkpoint: use the fast mode; else allow more time',
      details: { phase: meter.phase(), timeoutMs },
    },
  );
}
