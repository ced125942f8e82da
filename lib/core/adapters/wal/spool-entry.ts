import type { ArchivePlace } from '../../ports/spool.ts';
import { ARCHIVE_SCRIPT } from '../../init/archive-command.ts';

/** Names inside a spool, besides one lock for each role. The archive script knows them too. */
export const SpoolEntry = {
  /** One folder per life of the postmaster, one empty file per acknowledgement. */
  ACKNOWLEDGED: 'acknowledged',
  /** Ending of the name that the script gives an acknowledgement's second file, to use it up. */
  USED: '.used',
  HEARTBEAT: 'heartbeat',
  /** System identifier of the server it belongs to. */
  IDENTITY: 'identity',
  /** Cluster and store that it archives to. */
  ARCHIVE: 'archive',
  SCRIPT: ARCHIVE_SCRIPT,
  ONE_SHOT: 'one-shot',
  /** Left by the script when nobody ships: name of the file that waits. */
  REQUESTED: 'requested',
} as const;

/** The text of the file {@link SpoolEntry.ARCHIVE}. */
export function archiveText({ cluster, storeUrl }: ArchivePlace): string {
  return `cluster ${cluster} in ${storeUrl}`;
}
