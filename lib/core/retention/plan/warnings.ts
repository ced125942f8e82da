import type { Reason } from '../retention-plan.ts';
import type { DraftPlan } from './draft-plan.ts';
import type { KnownBackup } from './known-backup.ts';
import type { RetentionFacts } from './retention-facts.ts';
import { keptBytes } from './size-cap.ts';

/** What a person should know of a plan, the weightiest first. */
export function planWarnings(
  { policy, now }: RetentionFacts,
  known: readonly KnownBackup[],
  doubts: readonly Reason[],
  draft: DraftPlan,
): readonly Reason[] {
  const restorable = known.filter(({ isRestorable }) => isRestorable);
  const bytes = keptBytes(draft);
  const { maxBytes, minBackups } = policy;
  return [
    ...doubts,
    ...draft.backups
      .filter(({ state }) => state === 'unreadable' || state === 'failed')
      .map(({ id, storedBytes, reasons }) =>
        warning(reasons[0]?.rule ?? '', `${id}, ${storedBytes} bytes: ${reasons[0]?.says}`),
      ),
    ...draft.backups
      .filter(({ state }) => state === 'complete')
      .map(({ id, storedBytes }) =>
        warning('not-restorable', `${id}, ${storedBytes} bytes: its WAL is not all there`),
      ),
    ...(restorable.length > 0 && restorable.length < minBackups
      ? [
          warning(
            'few-backups',
            `${restorable.length} restorable backups, the policy wants at least ${minBackups}`,
          ),
        ]
      : []),
    ...known
      .filter(({ summary }) => summary.finishedAt > now)
      .map(({ id, summary }) =>
        warning(
          'future',
          `${id} finished ${summary.finishedAt.toISOString()}, after now: compare the clocks`,
        ),
      ),
    ...(maxBytes !== undefined && bytes > maxBytes
      ? [
          warning(
            'size-cap',
            `${bytes} bytes stay, ${bytes - maxBytes} more than the cap of ${maxBytes}`,
          ),
        ]
      : []),
  ];
}

function warning(rule: string, says: string): Reason {
  return { rule, says };
}
