import type { Clock } from '../ports/clock.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import { currentWriter, timelineOf } from '../store/writer-epoch.ts';
import { type BackupListing, listBackups } from './backup-listing.ts';
import { followArchive, RELIST_MS } from './follow-archive.ts';
import type { Catalogue } from './read-catalogue.ts';
import { findWindows } from './recovery-window.ts';

/** Rebuilds a catalogue again and again. */
export interface CatalogueFollower {
  /** The catalogue as it is now, as {@link readCatalogue} gives it. */
  next(options?: CallOptions): Promise<Catalogue>;
}

/**
 * Follows a catalogue at a cost that does not grow with the archive: about ten requests a time.
 * Backups are read when one came, went or became complete; every ten minutes all is read anew.
 */
export function followCatalogue(
  store: ObjectStore,
  lineage: Lineage,
  clock: Clock,
): CatalogueFollower {
  const archives = followArchive(store, lineage, clock);
  let known: BackupListing | undefined;
  let listedAtMs = 0;
  return {
    next: async (options = {}) => {
      const writerTimeline = timelineOf(await currentWriter(store, lineage, options));
      const archive = await archives.next(writerTimeline, options);
      const isOld = clock.elapsedMs() - listedAtMs > RELIST_MS;
      if (known === undefined || isOld || (await isOutdated(known, options))) {
        listedAtMs = clock.elapsedMs();
        known = await listBackups(store, lineage, options);
      }
      const source = { store, lineage, listing: archive };
      const windows = await findWindows(source, known.backups, options);
      return { archive, ...known, windows, writerTimeline };
    },
  };

  async function isOutdated(
    { backups, incomplete }: BackupListing,
    options: CallOptions,
  ): Promise<boolean> {
    const ids = [...backups, ...incomplete].map(({ id }) => id);
    const found = await Array.fromAsync(store.folders(lineage.keys.basePrefix, options));
    if (found.toSorted().join(' ') !== ids.toSorted().join(' ')) return true;
    for (const { id, code } of incomplete) {
      // The record comes last: with it a backup under way becomes a complete one.
      if (code !== 'BACKUP-FAILED') continue;
      const record = await store.head(lineage.keys.backup(id).record, options);
      if (record !== undefined) return true;
    }
    return false;
  }
}
