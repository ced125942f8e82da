import type { AuditFinding, AuditState, BrokenBackup } from './audit-record.ts';
import type { AuditView } from './find-faults.ts';

const HOUR_MS = 3_600_000;
/** For so long a backup is missed that is gone. */
const MISSED_MS = 30 * 86_400_000;

/** What is to be said of folders that are no whole backup, and of backups that are gone. */
export function judgeBackups(view: AuditView): readonly AuditFinding[] {
  const { state, lineage, expiries } = view;
  const present = new Set([...state.whole, ...state.broken].map(({ id }) => id));
  const gone = state.known.filter(({ id }) => !present.has(id) && !expiries.backups.has(id));
  return [
    ...gone.map(({ id }): AuditFinding => ({
      code: 'STORE-ABSENT',
      object: lineage.keys.backup(id).record,
      detail:
        'an earlier audit saw this backup whole; all of it is gone, and retention did not let it go',
      severity: 'fault',
    })),
    ...state.broken.flatMap((backup) => judgeBroken(backup, view)),
  ];
}

/** Backups that were whole, of what was known and what is seen now. */
export function knownBackups(
  { known, whole }: Pick<AuditState, 'known' | 'whole'>,
  letGo: ReadonlySet<string>,
  now: Date,
): AuditState['known'] {
  const ids = new Set(whole.map(({ id }) => id));
  const missed = known
    .filter(({ id }) => !ids.has(id) && !letGo.has(id))
    .map(({ id, goneSince = now }) => ({ id, goneSince }))
    .filter(({ goneSince }) => now.getTime() - goneSince.getTime() < MISSED_MS);
  return [...whole.map(({ id }) => ({ id })), ...missed];
}

function judgeBroken(backup: BrokenBackup, view: AuditView): readonly AuditFinding[] {
  const { id, code, object, reason, newestAt } = backup;
  const { state, expiries, now, failedAfterHours, isBackupRunning } = view;
  if (expiries.backups.has(id)) return [];
  if (state.known.some((one) => one.id === id)) {
    const detail = `${reason}; an earlier audit saw this backup whole`;
    return [
      { code: code === 'BACKUP-FAILED' ? 'STORE-ABSENT' : code, object, detail, severity: 'fault' },
    ];
  }
  if (code !== 'BACKUP-FAILED') return [{ code, object, detail: reason, severity: 'fault' }];
  const isNewest = backup === state.broken.at(-1);
  const isFresh = now.getTime() - newestAt.getTime() < failedAfterHours * HOUR_MS;
  if (isFresh || (isBackupRunning && isNewest)) return [];
  const detail = 'parts without a record: the backup failed; retention lets them go';
  return [{ code, object, detail, severity: 'note' }];
}
