import {
  type DataDirectory,
  RECOVERY_FOLDER,
  TABLESPACES_FOLDER,
} from '../ports/data-directory.ts';
import { SET_ASIDE_AUTO_CONF } from './extract-base.ts';
import type { KeptConfiguration } from './recovery-context.ts';
import {
  CLONE_NOTE,
  CLOSED_HBA,
  clonedAutoConf,
  MINIMAL_CONF,
  MINIMAL_HBA,
  resumedAutoConf,
  ServerFile,
  UNFINISHED_AUTO_CONF,
} from './replay/server-files.ts';

/** Files in the recovery folder that the recovering server reads in place of the backup's own. */
export const RecoveryFile = {
  CONF: `${RECOVERY_FOLDER}/postgresql.conf`,
  HBA: `${RECOVERY_FOLDER}/pg_hba.conf`,
  IDENT: `${RECOVERY_FOLDER}/pg_ident.conf`,
  LOG: `${RECOVERY_FOLDER}/server.log`,
} as const;

const SEALED_MODE = 0o500;
const OPEN_MODE = 0o700;

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
 * Keeps replay from following a tablespace out of the data directory: creating its link fails, which
 * ends the server before it reads or writes a file at the tablespace's location, where a live server
 * may have its own. To be called when the base is in place; {@link finishDirectory} takes it back.
 *
 * @see PostgreSQL create_tablespace_directories, src/backend/commands/tablespace.c: before the link
 *   it sets the location's mode and makes the version's folder if absent. Before 13.4 it emptied it.
 */
export async function sealTablespaces(directory: DataDirectory): Promise<void> {
  await directory.makeDirectory(TABLESPACES_FOLDER, SEALED_MODE);
}

/**
 * Turns a recovered directory into one that can be started. A clone gets the backup's configuration
 * without archiving, replication and recovery; a recovery in place goes on with what it has `kept`.
 * The mark goes last.
 *
 * @param settle - called when the configuration is in place, before the mark goes; its notes are added.
 * @returns what an operator should know about it.
 */
export async function finishDirectory(
  directory: DataDirectory,
  kept?: KeptConfiguration,
  settle?: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const notes: string[] = [...(kept?.notes ?? [CLONE_NOTE])];
  const original = await directory.readFile(SET_ASIDE_AUTO_CONF);
  for (const [name, text] of [
    [ServerFile.CONF, MINIMAL_CONF],
    [ServerFile.HBA, MINIMAL_HBA],
    [ServerFile.IDENT, ''],
  ] as const) {
    // A cluster that is not a clone still has it, wherever its server kept it.
    if (kept !== undefined || (await directory.readFile(name)) !== undefined) continue;
    await directory.replaceFile(name, text);
    notes.push(`the backup holds no ${name}, so a minimal one was written`);
  }
  const autoConf =
    kept === undefined ? clonedAutoConf(original) : resumedAutoConf(kept.autoConf ?? original);
  await directory.replaceFile(ServerFile.AUTO_CONF, autoConf);
  notes.push(...((await settle?.()) ?? []));
  await directory.makeDirectory(TABLESPACES_FOLDER, OPEN_MODE);
  await directory.finish();
  return notes;
}
