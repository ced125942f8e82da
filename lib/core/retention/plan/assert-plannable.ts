import { OpsError } from '../../errors/ops-error.ts';
import { isYoungerThanDeadline } from './broken-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';

/**
 * Proves that the catalogue is one that a plan may be made of.
 *
 * @throws {@link OpsError} `RETENTION-CATALOGUE` when a record names objects that are gone and nothing
 *   explains it; `RETENTION-HOLD` when a hold that stands names a backup that is not there.
 */
export function assertPlannable(facts: RetentionFacts): void {
  const { broken, letGo, holds, backups, now } = facts;
  const lost = broken.find(
    (backup) =>
      backup.code === 'STORE-ABSENT' &&
      !letGo.has(backup.id) &&
      !isYoungerThanDeadline(facts, backup),
  );
  if (lost !== undefined) {
    throw new OpsError('RETENTION-CATALOGUE', `backup ${lost.id} is not whole: ${lost.reason}`, {
      hint: 'nothing is let go as long as a backup has lost objects that no plan let go: see "holdfast verify"',
      details: { backup: lost.id, object: lost.object },
    });
  }
  const ids = new Set([...backups.map(({ summary }) => summary.id), ...broken.map(({ id }) => id)]);
  const empty = holds.standing.find(
    ({ backupId, until }) => !ids.has(backupId) && (until === undefined || until > now),
  );
  if (empty === undefined) return;
  throw new OpsError(
    'RETENTION-HOLD',
    `hold ${empty.id} is on backup ${empty.backupId}, which is not there`,
    {
      hint: 'if it is hidden, bring it back with "holdfast undelete"; if it is gone for good, release the hold: until then nothing is let go',
      details: { hold: empty.id, backup: empty.backupId },
    },
  );
}
