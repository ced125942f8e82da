import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import { type DataDirectory, RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type {
  ControlData,
  PostgresInstance,
  RunningServer,
  ServerExit,
} from '../../ports/postgres-instance.ts';
import {
  lastFatal,
  type RefusedTablespace,
  refusedTablespace,
  wordsOfFullDisk,
} from './recovery-log.ts';
import type { RecoveryMeter } from '../recovery-progress.ts';
import type { WalServer } from '../wal/serve-wal.ts';
import { ServerFile } from './server-files.ts';

/** A server that replays WAL, and all that tells how it fares. */
export interface ReplayingServer extends CallOptions {
  readonly server: RunningServer;
  readonly wal: WalServer;
  readonly postgres: PostgresInstance;
  readonly directory: DataDirectory;
  readonly clock: Clock;
  /** Without any sign of life for so long, the recovery is given up. */
  readonly patienceMs: number;
  /** Counts segments. */
  readonly meter: RecoveryMeter;
}

const ROOM_PROBE = `${RECOVERY_FOLDER}/room`;
/** A server that still has as much room did not end for want of it. */
const PROBE_BYTES = 256 * 1024;
const POLL_MS = 50;
const LAST_WORD_MS = 100;
const IN_PRODUCTION = 'in production';
const LOG_END_BYTES = 512;
const LOG_BYTES = 64 * 1024;

/**
 * Waits until the server has reached its target and begun a timeline of its own.
 *
 * @returns its control data by then.
 * @throws {@link OpsError} what the WAL server failed with, which makes the server abort;
 *   `BACKUP-TABLESPACE` when a tablespace was created after the backup; `RESTORE-SPACE` when its disk
 *   is full; `RESTORE-ABORTED` with the server's last words when it ended for another reason;
 *   `RESTORE-TIMEOUT` when nothing happened for `patienceMs`.
 */
export async function awaitPromotion(replaying: ReplayingServer): Promise<ControlData> {
  const { server, wal, clock, patienceMs, meter } = replaying;
  let exit: ServerExit | undefined;
  void server.exited.then((ending) => {
    exit = ending;
    return ending;
  });
  let sign = '';
  let signMs = clock.elapsedMs();
  for (;;) {
    const control = await promoted(replaying);
    if (control !== undefined) return control;
    if (exit !== undefined || wal.failure() !== undefined) throw await aborted(replaying);
    meter.advance(wal.position());
    const nextSign = `${wal.calls()} ${await server.logTail(LOG_END_BYTES)}`;
    if (nextSign !== sign) {
      sign = nextSign;
      signMs = clock.elapsedMs();
    }
    if (clock.elapsedMs() - signMs > patienceMs) throw stuck(patienceMs);
    await clock.sleep(POLL_MS, replaying.signal);
  }
}

/** PostgreSQL removes recovery.signal when the new timeline is there, then goes into production. */
async function promoted({
  directory,
  postgres,
  signal,
}: ReplayingServer): Promise<ControlData | undefined> {
  if ((await directory.readFile(ServerFile.RECOVERY_SIGNAL)) !== undefined) return undefined;
  const control = await postgres.controlData(directory.path, { signal });
  return control.state === IN_PRODUCTION ? control : undefined;
}

/** The WAL server hears of a last request a moment after the server that made it has ended. */
async function aborted(replaying: ReplayingServer): Promise<OpsError> {
  const { server, wal, clock } = replaying;
  await clock.sleep(LAST_WORD_MS);
  const failure = wal.failure();
  if (failure !== undefined) return failure;
  const log = await server.logTail(LOG_BYTES);
  const words = lastFatal(log);
  const tablespace = refusedTablespace(log);
  if (tablespace !== undefined) return notReplayed(tablespace, words ?? '');
  const full = wordsOfFullDisk(log);
  if (full !== undefined) return noRoom(replaying.directory.path, full);
  // The log lies on the same disk, and ends early with it.
  const isCut = words === undefined || !log.endsWith('\n');
  if (isCut && !(await hasRoom(replaying.directory))) {
    return noRoom(replaying.directory.path, 'not even for its own log');
  }
  const { exitCode, signal } = await server.exited;
  const ending = signal === undefined ? `with status ${exitCode}` : `by ${signal}`;
  return new OpsError(
    'RESTORE-ABORTED',
    `the recovering server ended ${ending}: ${words ?? 'it logged no reason'}`,
    { hint: hintFor(words ?? '') },
  );
}

/** Whether a little more can be written, which is taken away again. */
async function hasRoom(directory: ReplayingServer['directory']): Promise<boolean> {
  try {
    await directory.replaceFile(ROOM_PROBE, ' '.repeat(PROBE_BYTES));
    await directory.removeFile(ROOM_PROBE);
    return true;
  } catch (error) {
    if (isOpsError(error, 'RESTORE-SPACE')) return false;
    throw error;
  }
}

function noRoom(path: string, words: string): OpsError {
  return new OpsError('RESTORE-SPACE', `the recovering server has no room: ${words}`, {
    hint: 'free space, or recover to a larger disk; the same command starts over',
    details: { path },
  });
}

function notReplayed({ lsn, location }: RefusedTablespace, words: string): OpsError {
  return new OpsError(
    'BACKUP-TABLESPACE',
    `a tablespace was created after the backup, at ${location}, and is not replayed: ${words}`,
    {
      hint: `a live server may have its files there, and another machine makes no difference: recover to a point before it, at the latest "--to ${lsn} --exclusive"`,
      details: { location, lsn },
    },
  );
}

/**
 * Of its last words that have a known cause, what to do about it.
 *
 * A transaction that stands prepared where replay stops is read again from its timeline's own file.
 * Just before a branch, only the younger timeline's file of that segment was replayed.
 *
 * @see PostgreSQL RecoverPreparedTransactions, src/backend/access/transam/twophase.c, and
 *   read_local_xlog_page, src/backend/access/transam/xlogutils.c
 */
function hintFor(words: string): string {
  if (words.includes('before configured recovery target was reached')) {
    return 'the target is not in the WAL after this backup: check it, or recover to latest';
  }
  if (/requested WAL segment .* has already been removed/.test(words)) {
    return 'a transaction stands prepared there, just before a branch: choose a point behind the branch, or follow the timeline that was left with --timeline';
  }
  return 'see the log in the folder holdfast-recovery of the data directory; nothing was promoted';
}

function stuck(patienceMs: number): OpsError {
  return new OpsError(
    'RESTORE-TIMEOUT',
    `the recovering server asked for nothing and logged nothing for ${patienceMs / 1_000} s`,
    { hint: 'see the log in the folder holdfast-recovery of the data directory' },
  );
}
