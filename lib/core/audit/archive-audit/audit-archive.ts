import { findWindows } from '../../catalog/recovery-window.ts';
import { occurrenceId } from '../../contract/deployed-names.ts';
import { BACKUP_LEASE } from '../../contract/key-layout.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { findRecord, putOnce } from '../../runs/put-once.ts';
import { readGaps } from '../../store/gap-log.ts';
import { leaseHolder } from '../../store/lease.ts';
import type { Lineage } from '../../store/lineage.ts';
import { currentWriter, timelineOf } from '../../store/writer-epoch.ts';
import { findingFrom } from '../verify-report.ts';
import { archiveOf } from './archive-of.ts';
import { type AuditFinding, type AuditFigures, AuditRecord, type Stage } from './audit-record.ts';
import { type Expiries, readExpiries } from './expiries.ts';
import { HashRecord } from '../hash-audit/hash-record.ts';
import { AuditKind, isOfHere, newestAudit } from './find-audits.ts';
import { type AuditView, findFaults } from './find-faults.ts';
import { knownBackups } from './judge-backups.ts';
import { hasLateArrivals } from './late-arrivals.ts';
import { measureArchive } from './measure-archive.ts';
import { beginPass, closeState, fullPass, type Pass, STAGES } from './pass.ts';
import { runStage } from './run-stage.ts';
import { placeOf } from './scan-backups.ts';
import { totalOf } from './scan-lane.ts';

/** What {@link auditArchive} works with. */
export interface AuditDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
  /** Id of the occurrence; sorts by time. */
  readonly id: string;
  /** What the policy wants recoverable. */
  readonly windowDays: number;
  /** Parts without a record are a failed backup's after so long. */
  readonly failedAfterHours: number;
  /** Whether to stop here, so that what was seen is kept: the next audit goes on. */
  readonly isTimeUp: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** More are counted. */
const MAX_FINDINGS = 200;
const SECOND_MS = 1_000;

/**
 * Looks at a lineage from the store's side only, and keeps what it saw as `audit/<id>.json`, which tells the
 * next audit where to go on. Called again with the same `id`, it gives the record that is there.
 *
 * Once a day everything is listed: each object once, and each version. In between only what is new: backups
 * that came, the last day's WAL, and the edges of all that is older. Memory does not grow with the number of
 * objects.
 *
 * @returns the record; its `stage` is not `done` when time was up before all was seen, and its figures are
 *   then those of before.
 * @throws {@link OpsError} the store's own, when it cannot be read.
 */
export async function auditArchive(deps: AuditDeps): Promise<AuditRecord> {
  const { store, lineage, clock, signal } = deps;
  const { id, standing } = await findOccurrence(deps);
  if (standing !== undefined) return standing;
  const key = lineage.keys.audit(id);
  const { segmentBytes } = lineage.identity;
  const now = clock.now();
  const query = { kind: AuditKind.ARCHIVE, schema: AuditRecord, now };
  const { record: previous, unreadable } = await newestAudit(store, lineage, query, { signal });
  const expiries = await readExpiries(store, lineage, now, { signal });
  const begun = beginPass(previous, now, segmentBytes);
  const isOutdated =
    begun.pass === 'incremental' &&
    begun.stage === 'base' &&
    (await hasLateArrivals(store, lineage, begun.state.wal, expiries, { signal }));
  const { pass, arrivals } = await goOn(
    isOutdated ? fullPass(previous, now) : begun,
    deps,
    expiries,
  );
  const judged =
    pass.stage === 'done'
      ? await judge(pass, arrivals, deps, expiries, previous?.figures)
      : { figures: previous?.figures, findings: previous?.findings.listed ?? [] };
  const isDone = pass.stage === 'done';
  const record: AuditRecord = {
    id,
    at: now,
    store: store.url,
    pass: pass.pass,
    startedAt: pass.startedAt,
    stage: pass.stage,
    fullAt: isDone && pass.pass === 'full' ? pass.startedAt : pass.fullAt,
    figures: judged.figures,
    findings: capped([...unreadableAudit(unreadable), ...judged.findings]),
    state: {
      ...closeState(pass, segmentBytes),
      known: isDone ? knownBackups(pass.state, expiries.backups, now) : pass.state.known,
    },
  };
  return (await putOnce(store, key, AuditRecord, record, { signal })).record;
}

type Occurrence = Pick<AuditDeps, 'store' | 'lineage' | 'id' | 'signal'>;

/** The first second from the occurrence's on that no audit of the archive has come along with to its copy. */
async function findOccurrence({
  store,
  lineage,
  id,
  signal,
}: Occurrence): Promise<{ readonly id: string; readonly standing: AuditRecord | undefined }> {
  const standing = await findRecord(store, lineage.keys.audit(id), AuditRecord, { signal });
  if (standing === undefined || isOfHere(standing, store)) return { id, standing };
  return findOccurrence({ store, lineage, id: secondAfter(id), signal });
}

function secondAfter(id: string): string {
  const iso = id.replace(/^(.{4})(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5');
  return occurrenceId(new Date(Date.parse(iso) + SECOND_MS));
}

async function goOn(
  begun: Pass,
  deps: AuditDeps,
  expiries: Expiries,
): Promise<{ readonly pass: Pass; readonly arrivals: ReadonlyMap<string, Date> }> {
  const stages = STAGES[begun.pass];
  let pass = begun;
  let arrivals: ReadonlyMap<string, Date> = new Map();
  while (pass.stage !== 'done') {
    const result = await runStage(pass, pass.stage, { ...deps, expiries });
    arrivals = result.arrivals ?? arrivals;
    const next: Stage = stages[stages.indexOf(pass.stage) + 1] ?? 'done';
    pass = { ...pass, state: result.state, stage: result.isDone ? next : pass.stage };
    if (!result.isDone) break;
  }
  return { pass, arrivals };
}

async function judge(
  { state }: Pass,
  arrivals: ReadonlyMap<string, Date>,
  { store, lineage, clock, failedAfterHours, windowDays, signal }: AuditDeps,
  expiries: Expiries,
  before: AuditFigures | undefined,
): Promise<{ readonly figures: AuditFigures; readonly findings: readonly AuditFinding[] }> {
  const now = clock.now();
  const wal = totalOf(state.wal);
  const knownGaps = await readGaps(store, lineage, { signal });
  const archive = await archiveOf(store, lineage, wal, { knownGaps, arrivals }, { signal });
  const backups = state.whole.map((backup) => placeOf(lineage, backup));
  const query = { kind: AuditKind.HASH, schema: HashRecord, now };
  const hashes = await newestAudit(store, lineage, query, { signal });
  const damaged: AuditFinding[] = [...unreadableAudit(hashes.unreadable)];
  const unlessDamaged = async <T>(
    object: string,
    otherwise: T,
    read: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      damaged.push({ ...findingFrom(error, object), severity: 'fault' });
      return otherwise;
    }
  };
  const { keys } = lineage;
  const lease = keys.lease(BACKUP_LEASE);
  const view: AuditView = {
    lineage,
    now,
    state,
    backups,
    archive,
    wal,
    index: totalOf(state.index),
    expiries,
    failedAfterHours,
    hashes: hashes.record,
    writerTimeline: timelineOf(
      await unlessDamaged(keys.writerPrefix, undefined, async () =>
        currentWriter(store, lineage, { signal }),
      ),
    ),
    isBackupRunning: await unlessDamaged(
      lease,
      false,
      async () => (await leaseHolder(store, lease, now, { signal })) !== undefined,
    ),
  };
  const windows = await findWindows({ store, lineage, listing: archive }, backups, { signal });
  return {
    figures: measureArchive(view, windows, windowDays, before),
    findings: [...damaged, ...findFaults(view)],
  };
}

function capped(findings: readonly AuditFinding[]): AuditRecord['findings'] {
  return {
    listed: findings.slice(0, MAX_FINDINGS),
    more: Math.max(0, findings.length - MAX_FINDINGS),
  };
}

function unreadableAudit(key: string | undefined): readonly AuditFinding[] {
  if (key === undefined) return [];
  const detail = 'this record of an audit cannot be read: the next one went on from an earlier one';
  return [{ code: 'STORE-CORRUPT', object: key, detail, severity: 'fault' }];
}
