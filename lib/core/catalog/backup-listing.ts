import { Env } from '../contract/environment.ts';
import { OpsError } from '../errors/ops-error.ts';
import type { CallOptions, ObjectStore } from '../ports/object-store.ts';
import type { Lineage } from '../store/lineage.ts';
import type { BackupRecord, BackupSummary } from '../store/records.ts';
import { type IncompleteBackup, readBackups } from './read-backups.ts';

/** Base backups of a lineage. */
export interface BackupListing {
  /** Complete ones, oldest first. */
  readonly backups: readonly BackupSummary[];
  readonly incomplete: readonly IncompleteBackup[];
}

/**
 * Lists base backups as {@link readBackups} finds them. Memory does not grow with their sizes.
 *
 * @throws {@link OpsError} `VAULT-KEY` when there are backups, and none that the key at hand opens.
 */
export async function listBackups(
  store: ObjectStore,
  lineage: Lineage,
  options: CallOptions = {},
): Promise<BackupListing> {
  const backups: BackupSummary[] = [];
  const incomplete: IncompleteBackup[] = [];
  for await (const { verdict } of readBackups(store, lineage, options)) {
    if ('reason' in verdict) incomplete.push(verdict);
    else backups.push(summaryOf(verdict));
  }
  const locked = incomplete.find(({ code }) => code === 'VAULT-KEY');
  if (backups.length === 0 && locked !== undefined) {
    throw new OpsError('VAULT-KEY', locked.reason, {
      hint: `see that ${Env.ENVELOPE_KEY}, or --envelope-key, names the key of this archive, and that it may be used`,
      details: { object: locked.object },
    });
  }
  return { backups, incomplete };
}

/** What the catalogue keeps of a record. */
export function summaryOf(record: BackupRecord): BackupSummary {
  const { parts, ...summary } = record;
  return summary;
}

/**
 * Chooses a backup by id.
 *
 * @throws {@link OpsError} `CATALOG-BACKUP` when there is no complete backup of that id, with those
 *   there are.
 */
export function findBackup(listing: BackupListing, id: string): BackupSummary {
  const found = listing.backups.find((backup) => backup.id === id);
  if (found !== undefined) return found;
  const broken = listing.incomplete.find((backup) => backup.id === id);
  const ids = listing.backups.map((backup) => backup.id);
  throw new OpsError(
    'CATALOG-BACKUP',
    broken === undefined
      ? `there is no backup ${id}`
      : `backup ${id} is unusable: ${broken.reason}`,
    { hint: ids.length === 0 ? 'there is no complete backup' : `there are ${ids.join(', ')}` },
  );
}
