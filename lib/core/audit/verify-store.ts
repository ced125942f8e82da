import { type ArchiveListing, listArchive } from '../catalog/archive-listing.ts';
import { findBackup, listBackups } from '../catalog/backup-listing.ts';
import type { BackupRecord } from '../store/records.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { leaseHolder } from '../store/lease.ts';
import { gapAround } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import { currentWriter, timelineOf } from '../store/writer-epoch.ts';
import { parseSegment, segmentName } from '../wal/segment.ts';
import {
  gaps,
  incompleteBackups,
  missingHistories,
  missingWal,
  strangers,
  unanchoredGaps,
} from './archive-findings.ts';
import { epochLog } from './epoch-log.ts';
import { readObject } from './read-object.ts';
import { rebuildIndexes, type RebuiltIndexes } from './rebuild-indexes.ts';
import { type Finding, findingFrom, type VerifyReport } from './verify-report.ts';

/** What is verified, and how. */
export interface VerifyOptions {
  /** Read every byte and compare it with its hash; else existence, sizes and continuity only. */
  readonly deep: boolean;
  /** Id of the one backup to verify, with the WAL it needs. */
  readonly backup?: string | undefined;
  /** Objects decoded at once. */
  readonly parallel: number;
  readonly onProgress?: (checkedObjects: number, checkedBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What `verify` works with. */
export interface VerifyDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
}

const NOTHING_REBUILT: RebuiltIndexes = { rebuilt: 0, missing: 0, findings: [] };

/**
 * Verifies a lineage from the store's side only: every backup complete and restorable, WAL without
 * gaps, nothing unexplained; with `deep`, every byte against its hash. Indexes that segments lack are
 * made: the one thing that is written.
 *
 * What is damaged becomes a finding and the rest is still verified; a store out of reach is an error.
 *
 * @throws {@link OpsError} `CATALOG-BACKUP` for an unknown backup, or one of the store's.
 */
export async function verifyStore(deps: VerifyDeps, options: VerifyOptions): Promise<VerifyReport> {
  const { store, lineage, clock } = deps;
  const { signal } = options;
  const findings: Finding[] = [];
  const backups = await listBackups(store, lineage, { signal });
  const archive = await listArchive(store, lineage, { signal });
  const chosen = options.backup === undefined ? undefined : findBackup(backups, options.backup);
  const scope = chosen === undefined ? backups.backups : [chosen];
  if (chosen === undefined) {
    findings.push(...incompleteBackups(backups, await isBackupRunning(deps, signal)));
  }
  for (const backup of scope) findings.push(...missingWal(archive, backup));
  if (chosen === undefined) {
    findings.push(
      ...gaps(archive, backups.backups, await writerTimeline(deps, signal), clock.now()),
      ...unanchoredGaps(archive, lineage.keys),
      ...missingHistories(archive, lineage.keys),
      ...strangers(archive),
    );
  }
  const indexes =
    chosen === undefined ? await rebuildIndexes(store, lineage, options) : NOTHING_REBUILT;
  findings.push(...indexes.findings.filter((one) => !isGivenUp(archive, lineage, one)));
  const totals = { checkedObjects: 0, checkedBytes: 0 };
  const known = new Map(backups.backups.map((backup) => [backup.id, backup]));
  const epochs = epochLog(lineage.keys);
  for await (const head of objectsInScope(deps, chosen, signal)) {
    try {
      epochs.add(head.key, await readObject(deps, head, known, options));
    } catch (error) {
      epochs.add(head.key, undefined);
      const finding = findingFrom(error, head.key);
      if (!isGivenUp(archive, lineage, finding)) findings.push(finding);
    }
    totals.checkedObjects += 1;
    totals.checkedBytes += head.bytes;
    options.onProgress?.(totals.checkedObjects, totals.checkedBytes);
  }
  if (chosen === undefined) findings.push(...epochs.missing());
  const unique = [...new Map(findings.map((f) => [`${f.code} ${f.object}`, f])).values()];
  return {
    ok: unique.length === 0,
    ...totals,
    rebuiltIndexes: indexes.rebuilt,
    missingIndexes: indexes.missing,
    findings: unique,
  };
}

/** Whether a segment is gone that was acknowledged to be missing, or is one that no recovery uses. */
function isGivenUp(
  { knownGaps }: ArchiveListing,
  { keys }: Lineage,
  { code, object }: Finding,
): boolean {
  const name = object.slice(object.lastIndexOf('/') + 1, -'.zst'.length);
  if (object !== keys.wal(name)) return false;
  if (gapAround(knownGaps, name, 'poisoned') !== undefined) return true;
  return code === 'STORE-ABSENT' && gapAround(knownGaps, name, 'missing') !== undefined;
}

async function isBackupRunning(
  { store, lineage, clock }: VerifyDeps,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const key = lineage.keys.lease('backup');
  try {
    return (await leaseHolder(store, key, clock.now(), { signal })) !== undefined;
  } catch (error) {
    // A damaged lease is found when its turn comes; an error that is not about it goes on.
    findingFrom(error, key);
    return false;
  }
}

async function writerTimeline(
  { store, lineage }: VerifyDeps,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    return timelineOf(await currentWriter(store, lineage, { signal }));
  } catch (error) {
    // So is a damaged record of the writer.
    findingFrom(error, lineage.keys.writerPrefix);
    return timelineOf(undefined);
  }
}

async function* objectsInScope(
  { store, lineage }: VerifyDeps,
  chosen: BackupRecord | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<ObjectHead> {
  if (chosen === undefined) {
    yield* store.list(lineage.keys.prefix, { signal });
    return;
  }
  yield* store.list(lineage.keys.backup(chosen.id).prefix, { signal });
  for (const name of neededSegments(chosen)) {
    const head = await store.head(lineage.keys.wal(name), { signal });
    if (head !== undefined) yield head;
  }
}

function* neededSegments({
  startSegment,
  stopSegment,
  segmentBytes,
}: BackupRecord): Iterable<string> {
  const start = parseSegment(startSegment, segmentBytes);
  const stop = parseSegment(stopSegment, segmentBytes);
  for (let number = start.number; number <= stop.number; number += 1n) {
    yield segmentName(start.timeline, number, segmentBytes);
  }
}
