import { listArchive } from '../catalog/archive-listing.ts';
import {
  type BackupListing,
  findBackup,
  listBackups,
  summaryOf,
} from '../catalog/backup-listing.ts';
import { type IncompleteBackup, readBackupRecord, readBackups } from '../catalog/read-backups.ts';
import { BACKUP_LEASE } from '../contract/key-layout.ts';
import type { BackupSummary } from '../store/records.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectHead, ObjectStore } from '../ports/object-store.ts';
import { leaseHolder } from '../store/lease.ts';
import { readGaps } from '../store/gap-log.ts';
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
import { otherObjects } from './other-objects.ts';
import { readArchiveFile } from './read-archive-file.ts';
import { readObject, type ReadOptions, unexplained } from './read-object.ts';
import { type Verification, verification } from './verification.ts';
import { verifyArchive } from './verify-archive.ts';
import { verifyBackupObjects } from './verify-backup-objects.ts';
import { findingFrom, type VerifyReport } from './verify-report.ts';

/** What is verified, and how. */
export interface VerifyOptions extends ReadOptions {
  /** Id of the one backup to verify, with the WAL it needs. */
  readonly backup?: string | undefined;
  readonly onProgress?: (checkedObjects: number, checkedBytes: number) => void;
}

/** What `verify` works with. */
export interface VerifyDeps {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly clock: Clock;
}

/** {@link VerifyDeps} of a verification in progress. */
interface Run extends VerifyDeps {
  readonly run: Verification;
}

/**
 * Verifies a lineage from the store's side only: every backup complete and restorable, WAL without
 * gaps, nothing unexplained; with `deep`, every byte against its hash. Each object is listed once, in
 * memory that does not grow with their number. Indexes that segments lack are made: the one thing that
 * is written.
 *
 * What is damaged becomes a finding and the rest is still verified; a store out of reach is an error.
 *
 * @throws {@link OpsError} `CATALOG-BACKUP` for an unknown backup, or one of the store's.
 */
export async function verifyStore(deps: VerifyDeps, options: VerifyOptions): Promise<VerifyReport> {
  const { store, lineage } = deps;
  const { backup, signal, onProgress = () => undefined } = options;
  const knownGaps = await readGaps(store, lineage, { signal });
  const run = verification(lineage, knownGaps, onProgress);
  if (backup !== undefined) {
    await verifyOneBackup({ ...deps, run }, backup, options);
    return { ...run.result(), backups: 1, rebuiltIndexes: 0, missingIndexes: 0 };
  }
  const backups = await verifyBackups({ ...deps, run }, options);
  const { archive, rebuilt, missing } = await verifyArchive({ ...deps, knownGaps, run }, options);
  for (const one of backups.backups) run.conclude(...missingWal(archive, one));
  const { clock } = deps;
  run.conclude(
    ...gaps(archive, backups.backups, await writerTimeline(deps, signal), clock.now()),
    ...unanchoredGaps(archive, lineage.keys),
    ...missingHistories(archive, lineage.keys),
    ...strangers(archive),
  );
  for await (const head of otherObjects(store, lineage, { signal })) {
    await run.check(head, async () => readObject(deps, head.key, options));
  }
  run.find(...run.missingEpochs());
  const complete = backups.backups.length;
  return {
    ...run.result(),
    backups: complete,
    rebuiltIndexes: rebuilt,
    missingIndexes: missing,
  };
}

async function verifyBackups(deps: Run, options: VerifyOptions): Promise<BackupListing> {
  const { store, lineage, run } = deps;
  const { signal } = options;
  const backups: BackupSummary[] = [];
  const incomplete: IncompleteBackup[] = [];
  const strays: ObjectHead[] = [];
  const found = readBackups(store, lineage, { signal, onStray: (head) => strays.push(head) });
  for await (const { objects, verdict } of found) {
    if ('reason' in verdict) {
      // Without a whole record there is nothing to compare with.
      incomplete.push(verdict);
      for (const head of objects) run.count(head);
    } else {
      backups.push(summaryOf(verdict));
      await verifyBackupObjects(deps, verdict, objects, options);
    }
  }
  for (const head of strays) {
    await run.check(head, async () => {
      throw unexplained(head.key, 'belongs to no backup');
    });
  }
  const listing = { backups, incomplete };
  run.conclude(...incompleteBackups(listing, await isBackupRunning(deps, signal)));
  return listing;
}

/** Verifies a backup with the WAL it needs, and nothing else. */
async function verifyOneBackup(deps: Run, id: string, options: VerifyOptions): Promise<void> {
  const { store, lineage, run } = deps;
  const { signal } = options;
  const chosen = findBackup(await listBackups(store, lineage, { signal }), id);
  const keys = lineage.keys.backup(id);
  run.conclude(...missingWal(await listArchive(store, lineage, { signal }), chosen));
  const record = await readBackupRecord(store, lineage, id, { signal });
  const objects = await Array.fromAsync(store.list(keys.prefix, { signal }));
  await verifyBackupObjects(deps, record, objects, options);
  for (const name of neededSegments(chosen)) {
    const head = await store.head(lineage.keys.wal(name), { signal });
    if (head === undefined) continue;
    await run.check(head, async () => readArchiveFile(store, lineage, head.key, options));
  }
}

async function isBackupRunning(
  { store, lineage, clock }: VerifyDeps,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const key = lineage.keys.lease(BACKUP_LEASE);
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

function* neededSegments({
  startSegment,
  stopSegment,
  segmentBytes,
}: BackupSummary): Iterable<string> {
  const start = parseSegment(startSegment, segmentBytes);
  const stop = parseSegment(stopSegment, segmentBytes);
  for (let number = start.number; number <= stop.number; number += 1n) {
    yield segmentName(start.timeline, number, segmentBytes);
  }
}
