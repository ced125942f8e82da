import { type DataDirectory, RECOVERY_FOLDER } from '../ports/data-directory.ts';
import { SET_ASIDE_AUTO_CONF } from './extract-base.ts';
import {
  CLOSED_HBA,
  clonedAutoConf,
  MINIMAL_CONF,
  MINIMAL_HBA,
  ServerFile,
  UNFINISHED_AUTO_CONF,
} from './server-files.ts';

/** Files in the recovery folder that the recovering server reads in place of the backup's own. */
export const RecoveryFile = {
  CONF: `${RECOVERY_FOLDER}/postgresql.conf`,
  HBA: `${RECOVERY_FOLDER}/pg_hba.conf`,
  IDENT: `${RECOVERY_FOLDER}/pg_ident.conf`,
  LOG: `${RECOVERY_FOLDER}/server.log`,
} as const;

/** Gets an empty directory ready, so that whatever is added from here on cannot be started. */
export async function prepareDirectory(directory: DataDirectory): Promise<void> {
  await directory.replaceFile(ServerFile.RECOVERY_SIGNAL, '');
  await directory.replaceFile(ServerFile.AUTO_CONF, UNFINISHED_AUTO_CONF);
  // The backup's own file may include others, or name what is not on this machine.
  await directory.replaceFile(RecoveryFile.CONF, '');
  await directory.replaceFile(RecoveryFile.HBA, CLOSED_HBA);
  await directory.replaceFile(RecoveryFile.IDENT, '');
}

/**
 * Turns a recovered directory into one that can be started: with the backup's own configuration,
 * but without archiving, replication and recovery. The mark goes last.
 *
 * @returns what an operator should know about it.
 */
export async function finishDirectory(directory: DataDirectory): Promise<readonly string[]> {
  const notes: string[] = [];
  const original = await directory.readFile(SET_ASIDE_AUTO_CONF);
  for (const [name, text] of [
    [ServerFile.CONF, MINIMAL_CONF],
    [ServerFile.HBA, MINIMAL_HBA],
    [ServerFile.IDENT, ''],
  ] as const) {
    if ((await directory.readFile(name)) !== undefined) continue;
    await directory.replaceFile(name, text);
    notes.push(`the backup holds no ${name}, so a minimal one was written`);
  }
  await directory.replaceFile(ServerFile.AUTO_CONF, clonedAutoConf(original));
  await directory.finish();
  return notes;
}
