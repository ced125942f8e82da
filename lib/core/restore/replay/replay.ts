import { join } from 'node:path';
import { OpsError } from '../../errors/ops-error.ts';
import type { DataDirectory } from '../../ports/data-directory.ts';
import type { RunningServer } from '../../ports/postgres-instance.ts';
import { historyName } from '../../wal/archive-file.ts';
import { parseTimelineHistory, type TimelineHistory } from '../../wal/timeline-history.ts';
import { inspectDatabases } from '../inspection/inspect-databases.ts';
import { awaitPromotion } from './await-promotion.ts';
import { RecoveryFile, sealTablespaces } from '../prepare-directory.ts';
import { ServerFile } from './server-files.ts';
import { assertReached, type ReachedPoint } from './reached-point.ts';
import type { RecoveryContext } from '../recovery-context.ts';
import { forbidStart } from './forbid-start.ts';
import { lastTransactionTime } from './recovery-log.ts';
import type { RecoveryPlan } from '../plan/recovery-plan.ts';
import type { RecoveryMeter } from '../recovery-progress.ts';
import { inspectionSettings, recoverySettings } from './recovery-settings.ts';
import { hasInPlaceTablespaces } from '../tablespaces/place-tablespaces.ts';
import { restoreCommand } from '../wal/restore-command.ts';
import { createWalServer, type WalServing } from '../wal/serve-wal.ts';

/** A restored directory, ready for replay. */
export interface Replay extends RecoveryContext {
  readonly plan: RecoveryPlan;
  readonly directory: DataDirectory;
  readonly meter: RecoveryMeter;
  readonly patienceMs: number;
  /** Is not left in `pg_wal`. */
  readonly unfinishedSegment?: string | undefined;
  readonly onHidden?: WalServing['onHidden'];
}

/** What a replay came to. */
export interface Replayed {
  readonly reached: ReachedPoint;
  /** The new one. */
  readonly timeline: number;
  /** Seconds from the server's start to the proof of what was reached. */
  readonly replaySec: number;
  /** What an operator should know of the databases. */
  readonly notes: readonly string[];
}

const LOG_BYTES = 256 * 1024;
const STOP_TIMEOUT_MS = 600_000;
const INSPECTION_MS = 60_000;

/**
 * Starts a server on the restored files, serves it WAL until it is promoted, stops it cleanly, proves
 * what it reached, and looks into its databases. Then, and after a failure, no server can be started on
 * the directory by accident.
 *
 * @throws {@link OpsError} `RESTORE-WAL`, `RESTORE-SPACE`, `RESTORE-ABORTED`, `RESTORE-TIMEOUT`,
 *   `RESTORE-MISMATCH`, `BACKUP-TABLESPACE`, what {@link fetchWal} throws, and the signal's reason.
 */
export async function replay(replaying: Replay): Promise<Replayed> {
  const { directory, site, meter, clock, unfinishedSegment } = replaying;
  // What replay creates is known, and nothing is replayed that nobody has looked into.
  if (replaying.plan.createdTablespaces.length === 0) await sealTablespaces(directory);
  const startedMs = clock.elapsedMs();
  const spool = await site.openSpool(directory);
  const wal = createWalServer({ ...replaying, spool });
  const over = new AbortController();
  // The first sign of life must be there before the server asks for anything.
  await spool.beat(clock.now());
  const serving = wal.run(over.signal);
  let server: RunningServer | undefined;
  try {
    server = await startServer(replaying, restoreCommand(spool.path));
    const { timeline } = await awaitPromotion({ ...replaying, server, wal });
    meter.enter('checking');
    await server.stop('fast', STOP_TIMEOUT_MS);
    if (unfinishedSegment !== undefined) await forget(directory, unfinishedSegment);
    const reached = await checkReached(replaying, server, timeline);
    const replaySec = (clock.elapsedMs() - startedMs) / 1_000;
    const notes = await inspect(replaying);
    // Promotion has taken it away, and the directory is not finished yet.
    await directory.replaceFile(ServerFile.RECOVERY_SIGNAL, '');
    return { timeline, reached, replaySec, notes };
  } catch (error) {
    await server?.stop('immediate');
    throw await forbidStart(directory, error);
  } finally {
    over.abort();
    await serving;
  }
}

/**
 * The new timeline has a copy of it. Left here, it would be taken for a whole segment that the archive
 * lacks, and shipped under a name that the old server may still finish.
 */
async function forget(directory: DataDirectory, segment: string): Promise<void> {
  for (const name of [segment, `archive_status/${segment}.done`]) {
    await directory.removeFile(`pg_wal/${name}`);
  }
}

async function startServer(
  { plan, directory, postgres, signal }: Replay,
  command: string,
): Promise<RunningServer> {
  const at = (name: string): string => join(directory.path, name);
  const control = await postgres.controlData(directory.path, { signal });
  return postgres.start({
    dataDirectory: directory.path,
    configFile: at(RecoveryFile.CONF),
    logFile: at(RecoveryFile.LOG),
    settings: recoverySettings({
      plan,
      restoreCommand: command,
      control,
      hbaFile: at(RecoveryFile.HBA),
      identFile: at(RecoveryFile.IDENT),
      hasInPlaceTablespaces: hasInPlaceTablespaces(plan),
    }),
    signal,
  });
}

/** Before the directory gets its own configuration, with which it may not start on this machine. */
async function inspect(replaying: Replay): Promise<readonly string[]> {
  const { plan, directory, postgres, signal } = replaying;
  const server = postgres.openStopped({
    dataDirectory: directory.path,
    configFile: join(directory.path, RecoveryFile.CONF),
    settings: inspectionSettings(await postgres.controlData(directory.path, { signal })),
  });
  const likely = plan.backup.collations.map(({ database }) => database);
  return inspectDatabases({ ...replaying, server, likely, patienceMs: INSPECTION_MS });
}

async function checkReached(
  { plan, directory }: Replay,
  server: RunningServer,
  timeline: number,
): Promise<ReachedPoint> {
  const history = await readHistory(directory, timeline);
  const lastTransaction = lastTransactionTime(await server.logTail(LOG_BYTES));
  return assertReached(plan, { history, lastTransaction });
}

async function readHistory(directory: DataDirectory, timeline: number): Promise<TimelineHistory> {
  const name = historyName(timeline);
  const text = await directory.readFile(`pg_wal/${name}`);
  if (text !== undefined) return parseTimelineHistory(text, timeline);
  throw new OpsError('RESTORE-MISMATCH', `the server is on timeline ${timeline} without ${name}`, {
    hint: 'it did not recover from the archive: report this with the log in its directory',
    details: { timeline },
  });
}
