import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { currentWriter, timelineOf } from '../store/writer-epoch.ts';
import { type ArchiveListing, listArchive } from './archive-listing.ts';
import { type BackupListing, listBackups } from './backup-listing.ts';
import { findWindows, type RecoveryWindow } from './recovery-window.ts';

/** All that the store says of a lineage; nothing is kept anywhere else. */
export interface Catalogue extends BackupListing {
  readonly archive: ArchiveListing;
  readonly windows: readonly RecoveryWindow[];
  /** Timeline of the current writer; 1 before the first. */
  readonly writerTimeline: number;
}

/**
 * Rebuilds the catalogue by listing.
 *
 * @throws {@link OpsError} as {@link listArchive}, and the store's own.
 */
export async function readCatalogue(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<Catalogue> {
  const archive = await listArchive(store, lineage, options);
  const listing = await listBackups(store, lineage, options);
  const source = { store, lineage, listing: archive };
  const windows = await findWindows(source, listing.backups, options);
  const writerTimeline = timelineOf(await currentWriter(store, lineage, options));
  return { archive, ...listing, windows, writerTimeline };
}
