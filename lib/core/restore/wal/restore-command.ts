import { quoteForShell } from '../../shell/shell-word.ts';

/** Folders and files of a recovery spool that the restore script knows too. */
export const RecoverySpoolEntry = {
  /** Files to be taken by rename. */
  READY: 'ready',
  /** Names that the script waits for. */
  ASKED: 'asked',
  /** Names that the script has moved into place. */
  TAKEN: 'taken',
  /** Proofs of absence. */
  ABSENT: 'absent',
  /** Names that cannot be had, with the reason as their text. */
  FAILED: 'failed',
  /** Seconds since 1970 at which the serving process was last alive. */
  HEARTBEAT: 'heartbeat',
  SCRIPT: 'restore-command',
  /** `sh one-shot NAME TARGET PROOF` fetches without the serving process; may be absent. */
  ONE_SHOT: 'one-shot',
} as const;

/** PostgreSQL reads an exit status above 125 as a reason to abort. */
const ABORT_STATUS = 200;

/**
 * The `restore_command` that takes files from the recovery spool at `spool`, an absolute path.
 *
 * The script's word is never enough: its 0 counts only with a file in place, its 1 only with a proof
 * of absence for that very name. A damaged script, a shell that is missing or finds a syntax error
 * (which ends with 2) would otherwise look like the end of the WAL, and promote the server early.
 *
 * @see PostgreSQL RestoreArchivedFile, src/backend/access/transam/xlogarchive.c, and
 *   BuildRestoreCommand, src/common/archive.c: `%%` stands for `%`
 */
export function restoreCommand(spool: string): string {
  const place = (name: string): string => quoteForShell(name).replaceAll('%', '%%');
  const script = place(`${spool}/${RecoverySpoolEntry.SCRIPT}`);
  const proofs = place(`${spool}/${RecoverySpoolEntry.ABSENT}`);
  return [
    `sh ${script} ${place(spool)} '%f' '%p'`,
    's=$?',
    `if [ "$s" -eq 0 ] && [ -s '%p' ]; then exit 0; fi`,
    `if [ "$s" -eq 1 ] && [ -e ${proofs}/'%f' ]; then exit 1; fi`,
    `exit ${ABORT_STATUS}`,
  ].join('; ');
}
