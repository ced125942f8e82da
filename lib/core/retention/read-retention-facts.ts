import { archiveRows } from '../audit/archive-rows.ts';
import { foldArchive } from '../catalog/archive-listing.ts';
import { summaryOf } from '../catalog/backup-listing.ts';
import { type FoundBackup, readBackups } from '../catalog/read-backups.ts';
import type { RetentionPolicy } from '../config/retention-policy.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import { gapAround, readGaps } from '../store/gap-log.ts';
import type { Lineage } from '../store/lineage.ts';
import { currentWriter, timelineOf } from '../store/writer-epoch.ts';
import { windowStart } from './plan/known-backup.ts';
import type {
  ArchiveFacts,
  BackupFolder,
  BrokenBackup,
  CompleteBackup,
  RetentionFacts,
} from './plan/retention-facts.ts';
import { readHolds } from './read-holds.ts';
import { readWorkUnderWay } from './read-in-use.ts';
import { readLetGo } from './read-let-go.ts';
import { stretchBuilder } from './stretch-builder.ts';

/** What a plan is wanted for. */
export interface PlanRequest {
  readonly store: ObjectStore;
  readonly lineage: Lineage;
  readonly policy: RetentionPolicy;
  readonly now: Date;
}

const SEGMENT_DIGITS = 24;

/**
 * Gathers from the store all that a plan is made of, by listing it once; only records and histories are read.
 * Memory does not grow with the archive but by a few bytes for each hundred segments.
 *
 * @throws {@link OpsError} the store's own; `STORE-CORRUPT` when the writer's record is damaged.
 */
export async function readRetentionFacts(
  { store, lineage, policy, now }: PlanRequest,
  options: CallOptions = {},
): Promise<RetentionFacts> {
  // Leases first: a backup that ends meanwhile has a record, or objects that are young.
  const work = await readWorkUnderWay(store, lineage, now, options);
  const holds = await readHolds(store, lineage, options);
  const backups: CompleteBackup[] = [];
  const broken: BrokenBackup[] = [];
  for await (const found of readBackups(store, lineage, options)) {
    const { verdict } = found;
    if ('reason' in verdict) broken.push({ ...verdict, ...folderOf(found) });
    else backups.push({ summary: summaryOf(verdict), ...folderOf(found) });
  }
  const hasLost = broken.some(({ code }) => code === 'STORE-ABSENT');
  return {
    policy,
    now,
    segmentBytes: lineage.identity.segmentBytes,
    backups,
    broken,
    ...work,
    holds,
    archive: await readArchive({ store, lineage, policy, now }, options),
    writerTimeline: timelineOf(await currentWriter(store, lineage, options)),
    letGo: hasLost ? (await readLetGo(store, lineage, options)).backups : new Set(),
  };
}

async function readArchive(
  { store, lineage, policy, now }: PlanRequest,
  options: CallOptions,
): Promise<ArchiveFacts> {
  const gaps = await readGaps(store, lineage, options);
  const fold = foldArchive(lineage, gaps);
  const builder = stretchBuilder(lineage.identity.segmentBytes, windowStart({ policy, now }));
  const isPoisoned = (name: string): boolean => gapAround(gaps, name, 'poisoned') !== undefined;
  for await (const { file, index } of archiveRows(store, lineage, options)) {
    if (index !== undefined && !index.isStranger && !isPoisoned(index.name)) {
      builder.add(index.name, 'index', index.head);
    }
    if (file === undefined || isPoisoned(file.name.slice(0, SEGMENT_DIGITS))) continue;
    if (file.kind === 'history') fold.add(file);
    else if (file.kind !== 'stranger') {
      builder.add(file.name.slice(0, SEGMENT_DIGITS), file.kind, file.head);
    }
  }
  const { histories } = await fold.listing(store, options);
  return { ...builder.result(), histories };
}

function folderOf({ objects }: FoundBackup): BackupFolder {
  return {
    storedBytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    newestAt: objects.reduce(
      (newest, { modifiedAt }) => (modifiedAt > newest ? modifiedAt : newest),
      new Date(0),
    ),
  };
}
