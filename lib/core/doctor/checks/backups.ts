import { findGaps } from '../../catalog/archive-gap.ts';
import { lastBackup } from '../../catalog/last-backup.ts';
import { isRestorable } from '../../catalog/restorable.ts';
import type { BackupSummary } from '../../store/records.ts';
import { type Check, fail, ok, skip, warn } from '../check.ts';
import { ageSec, count, span } from '../amounts.ts';
import type { See } from '../facts.ts';
import { backupCommand, resolveCommand, verifyCommand } from '../fixes.ts';
import { timelineOf } from '../../store/writer-epoch.ts';

/** A day, and two hours for the backup itself. */
const OLD_SEC = 26 * 3_600;

/** What the store holds to begin a recovery with. */
export const BACKUP_CHECKS: readonly Check[] = [
  {
    id: 'backup-age',
    area: 'backups',
    about: 'the last base backup is at most 26 hours old',
    judge: (see) => {
      const last = newest(see);
      if (last === undefined) return fail('none', backupCommand(see('given')));
      const age = ageSec(last.finishedAt, see('now'));
      const saw = `${last.id}, ${span(age)} old`;
      return age > OLD_SEC ? warn(saw, backupCommand(see('given'))) : ok(saw);
    },
  },
  {
    id: 'backup-restorable',
    area: 'backups',
    about: 'all WAL that the last base backup needs is in the archive',
    judge: (see) => {
      const last = newest(see);
      if (last === undefined) return skip('there is none');
      if (isRestorable(last, see('archive'))) return ok(last.id);
      return fail(`${last.id} lacks WAL`, backupCommand(see('given')));
    },
  },
  {
    id: 'backup-checksums',
    area: 'backups',
    about: 'no backup holds a damaged page',
    judge: (see) => {
      const { backups } = see('backups');
      const damaged = backups.filter(({ checksumFailures }) => checksumFailures.length > 0);
      const [first] = damaged;
      if (first === undefined) return ok(count(backups.length, 'backup'));
      return fail(
        `${damaged.map(({ id }) => id).join(', ')}: ${first.checksumFailures[0] ?? ''}`,
        'psql -c "SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database"  # mend the table, then back up anew',
      );
    },
  },
  {
    id: 'backup-incomplete',
    area: 'backups',
    about: 'every backup is complete',
    judge: (see) => {
      const { incomplete, backups } = see('backups');
      const first = incomplete.find(({ code }) => code !== 'BACKUP-FAILED');
      if (first !== undefined) {
        return fail(`${first.id}: ${first.reason}`, verifyCommand(see('given')));
      }
      if (incomplete.length === 0) return ok(count(backups.length, 'backup'));
      // The newest of them may be on its way; none of them is ever used.
      return ok(`${count(incomplete.length, 'attempt')} failed or still runs, and is never used`);
    },
  },
  {
    id: 'archive-gaps',
    area: 'backups',
    about: 'the archive has no gap behind a backup',
    judge: (see) => {
      const { backups } = see('backups');
      const timeline = timelineOf(see('writer'));
      const gaps = findGaps(see('archive'), backups, timeline, see('now'));
      const first = gaps.find(({ known }) => known.length === 0);
      if (first === undefined) {
        return ok(gaps.length === 0 ? 'none' : `${count(gaps.length, 'gap')}, acknowledged`);
      }
      return fail(
        `${count(first.missing, 'segment')} missing after ${first.afterSegment} (${count(gaps.length, 'gap')})`,
        `${resolveCommand(see('given'))}  # says what to do for each`,
      );
    },
  },
  {
    id: 'archive-damage',
    area: 'backups',
    about: 'the end of the archive can be read',
    judge: (see) => {
      const damaged = new Set(see('windows').flatMap((window) => window.damaged ?? []));
      const [first] = damaged;
      if (first === undefined) return ok('none that was read is damaged');
      return fail(
        `${first} is damaged: no recovery passes it`,
        `${verifyCommand(see('given'))}; ${backupCommand(see('given'))}`,
      );
    },
  },
];

function newest(see: See): BackupSummary | undefined {
  return lastBackup(see('backups').backups, see('archive'), timelineOf(see('writer')));
}
