import { OpsError } from '../errors/ops-error.ts';
import type { BaseBackupStart } from '../ports/base-backup-source.ts';
import { formatLsn } from '../wal/lsn.ts';
import { BACKUP_LABEL_FILE, type BackupLabel } from './backup-label.ts';

/**
 * Proves that a copy comes from the cluster it is stored for: the copy and the queries go over
 * different connections.
 *
 * @param systemIdentifier - decimal.
 * @throws {@link OpsError} `WAL-IDENTITY` for another cluster's.
 */
export function assertOrigin(start: BaseBackupStart, systemIdentifier: string): void {
  if (start.systemIdentifier === systemIdentifier) return;
  throw new OpsError(
    'WAL-IDENTITY',
    `the copy is of system ${start.systemIdentifier}, the backup was to be of ${systemIdentifier}`,
    { hint: 'the connection for the copy leads to another cluster: check its host and port' },
  );
}

/**
 * Proves that the copy's own label says what the server said ahead of it, by which it was named.
 *
 * @throws {@link OpsError} `BACKUP-LABEL`.
 */
export function assertSameStart(start: BaseBackupStart, label: BackupLabel): void {
  if (label.startLsn === start.startLsn && label.timeline === start.timeline) return;
  const said = `${formatLsn(start.startLsn)} on timeline ${start.timeline}`;
  const holds = `${formatLsn(label.startLsn)} on timeline ${label.timeline}`;
  throw new OpsError(
    'BACKUP-LABEL',
    `the server said that the copy starts at ${said}, its ${BACKUP_LABEL_FILE} says ${holds}`,
    { hint: 'nobody at PostgreSQL makes such a copy: find out what stands in between' },
  );
}
