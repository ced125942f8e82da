import { availableParallelism } from 'node:os';
import { localRecoverySite } from '../../lib/core/adapters/restore/local-recovery-site.ts';
import { startDigestThread } from '../../lib/core/adapters/system/digest-thread.ts';
import type { FileOwner } from '../../lib/core/adapters/system/file-owner.ts';
import { toOpsError } from '../../lib/core/errors/ops-error.ts';
import { lineageFolder } from '../../lib/core/contract/key-layout.ts';
import { quoteForShell } from '../../lib/core/shell/shell-word.ts';
import type { ObjectStore } from '../../lib/core/ports/object-store.ts';
import type { PostgresInstance } from '../../lib/core/ports/postgres-instance.ts';
import type { RecoverySite } from '../../lib/core/ports/recovery-site.ts';
import type { TablespacePlace } from '../../lib/core/ports/tablespace-site.ts';
import { planFromStore as planFrom } from '../../lib/core/restore/plan-from-store.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import type { RecoveryChoices, RecoveryPlan } from '../../lib/core/restore/plan/recovery-plan.ts';
import type { RecoveryProgress } from '../../lib/core/restore/recovery-progress.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import { formatTarget, type RecoveryTarget } from '../../lib/core/restore/plan/target.ts';
import type { TablespaceMapping } from '../../lib/core/restore/tablespaces/tablespace-mapping.ts';
import type { Lineage } from '../../lib/core/store/lineage.ts';
import { formatLsn } from '../../lib/core/wal/lsn.ts';
import { segmentName } from '../../lib/core/wal/segment.ts';
import type { Cli } from './cli.ts';
import { countSegments, formatBytes, formatSeconds } from './format.ts';
import type { Bar } from './output.ts';
import { tablespaceDocuments, tablespaceLines } from './tablespace-lines.ts';

/** Where a recovery comes from and goes to. */
export interface RecoveryPlace {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly instance: PostgresInstance;
  readonly dataDirectory: string;
  /** Whether every file is compared with the manifest before replay. */
  readonly verifyFiles?: boolean;
  readonly tablespaceMapping?: TablespaceMapping;
  /** What opens the store's sealed objects, for who fetches WAL when this process has died. */
  readonly envelopeKey?: string | undefined;
}

/** Modest on purpose, until drills have measured this machine and store. */
const ASSUMED_RATES = { extractBytesPerSec: 100_000_000, replaySegmentsPerSec: 10 };

/** Plans for an operator, who is told what was passed over. Throws as the core's own. */
export async function planFromStore(
  archive: Pick<RecoveryPlace, 'store' | 'lineage'>,
  target: RecoveryTarget,
  choices: RecoveryChoices,
  { clock, output, signal }: Cli,
): Promise<RecoveryPlan> {
  const note = (text: string): void => output.note(text);
  return planFrom(archive, target, choices, { clock, note, rates: ASSUMED_RATES, signal });
}

/** Executes a plan on this machine. Throws as {@link recover}. */
export async function executePlan(
  plan: RecoveryPlan,
  place: RecoveryPlace,
  { clock, log, program, signal }: Cli,
  report: (progress: RecoveryProgress) => void,
): Promise<RecoveryResult> {
  const { store, lineage, instance: postgres, dataDirectory } = place;
  const site = siteFor(plan, place, { program });
  const { verifyFiles, tablespaceMapping } = place;
  const job = { dataDirectory, parallel: availableParallelism(), verifyFiles, tablespaceMapping };
  await using digests = startDigestThread();
  const machine = { postgres, site, digests, clock };
  return await recover(plan, job, { store, lineage, ...machine, log, report, signal });
}

/** The plan with a note when a recovery would be refused where it is to go, as things are there now. */
export async function withObstacle(
  plan: RecoveryPlan,
  place: Pick<RecoveryPlace, 'store' | 'lineage' | 'dataDirectory'>,
  tablespaces: readonly TablespacePlace[],
  { program }: Cli,
): Promise<RecoveryPlan> {
  try {
    const site = siteFor(plan, place, { program });
    await site.inspect(place.dataDirectory);
    await site.inspectTablespaces(tablespaces, place.dataDirectory);
    return plan;
  } catch (error) {
    const obstacle = `as things are here, --execute is refused: ${toOpsError(error).message}`;
    return { ...plan, notes: [...plan.notes, obstacle] };
  }
}

/** This machine, where a server that replays goes on by itself when this process dies. */
export function siteFor(
  plan: RecoveryPlan,
  place: Pick<RecoveryPlace, 'store' | 'lineage' | 'envelopeKey'>,
  { program, owner }: { readonly program: string; readonly owner?: FileOwner | undefined },
): RecoverySite {
  return localRecoverySite({ oneShot: oneShotScript(plan, place, program), owner });
}

/** What is about to be done, as data: the keys of a recovery, and the plan. */
export function planDocument(
  plan: RecoveryPlan,
  dataDir: string,
  tablespaces: readonly TablespacePlace[],
): object {
  return {
    executed: false,
    backupId: plan.backup.id,
    timeline: plan.timeline,
    target: formatTarget(plan.target),
    reachedLsn: null,
    reachedTime: null,
    restoreSec: null,
    replaySec: null,
    dataDir,
    setAside: null,
    tablespaces: tablespaceDocuments(tablespaces),
    plan: {
      stopAt: formatTarget(plan.stopAt),
      inclusive: plan.inclusive,
      baseBytes: plan.baseBytes,
      segments: plan.segmentCount,
      walBytes: plan.walBytes,
      historyFiles: plan.historyFiles,
      estimatedSec: plan.estimatedSec,
      settings: plan.targetSettings,
      notes: plan.notes,
    },
  };
}

/** What is about to be done, for a person. */
export function planLines(
  plan: RecoveryPlan,
  dataDir: string,
  tablespaces: readonly TablespacePlace[],
): readonly string[] {
  const { backup, window } = plan;
  return [
    `target     ${formatTarget(plan.target)}${plan.inclusive ? '' : ', just before it'}`,
    `backup     ${backup.id}, ${formatBytes(plan.baseBytes)} stored, ${formatBytes(backup.bytes)} plain`,
    `timeline   ${plan.timeline}`,
    `WAL        ${countSegments(plan.segmentCount)}, ${formatBytes(plan.walBytes)}`,
    `window     ${window.fromTime.toISOString()} to ${window.toTime.toISOString()}`,
    `           ${formatLsn(window.fromLsn)} to ${formatLsn(window.toLsn)}`,
    `time       about ${formatSeconds(plan.estimatedSec ?? 0)}, assuming 100 MB/s and 10 segments/s`,
    `into       ${dataDir}`,
    ...tablespaceLines(tablespaces),
    ...noteLines(plan.notes),
  ];
}

/** What an operator is to read before going on. */
export function noteLines(notes: readonly string[]): readonly string[] {
  return notes.map((note) => `note       ${note}`);
}

/** Shows how far a recovery has come. */
export function showRecovery(bar: Bar, progress: RecoveryProgress): void {
  const { phase, done, total, perSec, etaSec } = progress;
  const left = etaSec === undefined ? '' : `, at most ${formatSeconds(etaSec)} left`;
  const details = {
    claiming: phase,
    checking: 'checking what was reached',
    'verifying files': phase,
    extracting: `base ${formatBytes(done)}, ${(perSec / 1_000_000).toFixed(0)} MB/s${left}`,
    replaying: `replaying segment ${done} of at most ${total}${left}`,
  };
  bar.update(done, total, details[phase]);
}

/** Stands in for this process when it dies while the server replays. */
function oneShotScript(
  plan: RecoveryPlan,
  { store, lineage, envelopeKey }: Pick<RecoveryPlace, 'store' | 'lineage' | 'envelopeKey'>,
  program: string,
): string {
  const words = [
    process.execPath,
    program,
    'wal-fetch',
    '--store',
    store.url,
    '--cluster',
    lineage.id.cluster,
    '--lineage',
    lineageFolder(lineage.id),
    '--timeline',
    String(plan.timeline),
    ...(envelopeKey === undefined ? [] : ['--envelope-key', envelopeKey]),
    ...lastPlanned(plan),
  ];
  return `exec ${words.map(quoteForShell).join(' ')} --proof "$3" "$1" "$2"\n`;
}

/** The end of the plan: WAL up to it must be there, and later WAL may lead past the target. */
function lastPlanned({ segments, backup, endsWithPlan }: RecoveryPlan): readonly string[] {
  const run = segments.at(-1);
  if (run === undefined) return [];
  const last = segmentName(run.timeline, run.last, backup.segmentBytes);
  return ['--last', last, ...(endsWithPlan ? ['--stop-after-last'] : [])];
}
