import type { PlannedBackup, Reason } from '../retention-plan.ts';
import type { BrokenBackup, RetentionFacts } from './retention-facts.ts';

const HOUR_MS = 3_600_000;

/** What becomes of a folder without a usable backup, as long as nobody holds it. */
export function judgeBroken(
  facts: RetentionFacts,
  backup: BrokenBackup,
): Pick<PlannedBackup, 'state' | 'stays'> & { readonly reason: Reason } {
  const { policy, isBackupRunning, letGo } = facts;
  const isYoung = isYoungerThanDeadline(facts, backup);
  // Only what certainly has no record, or not all of its objects, may ever go.
  if (backup.code !== 'STORE-ABSENT' && backup.code !== 'BACKUP-FAILED') {
    const says = `${backup.reason}: it stays until a person has looked`;
    return { state: 'unreadable', stays: true, reason: { rule: 'unreadable', says } };
  }
  if (backup.code === 'STORE-ABSENT') {
    const isExpired = letGo.has(backup.id) && !isYoung;
    const reason = isExpired
      ? { rule: 'expired', says: 'an earlier plan let it go, and part of it is gone already' }
      : { rule: 'incomplete', says: `${backup.reason}, and it is young: a copy may be under way` };
    return { state: 'unreadable', stays: !isExpired, reason };
  }
  if (isBackupRunning || isYoung) {
    const says = isBackupRunning
      ? 'it has no record, and a backup holds the lease'
      : `it has no record, and its newest part is younger than ${policy.failedAfterHours} hours`;
    return { state: 'running', stays: true, reason: { rule: 'running', says } };
  }
  const says = `it has no record ${policy.failedAfterHours} hours after its newest part, and no backup runs`;
  return { state: 'failed', stays: false, reason: { rule: 'failed-backup', says } };
}

/** Whether something came so recently that whoever stores it may still be at it. */
export function isYoungerThanDeadline(
  { policy, now }: RetentionFacts,
  { newestAt }: BrokenBackup,
): boolean {
  return now.getTime() - newestAt.getTime() < policy.failedAfterHours * HOUR_MS;
}
