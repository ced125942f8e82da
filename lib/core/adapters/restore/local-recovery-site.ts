import { join } from 'node:path';
import { RECOVERY_FOLDER, TABLESPACES_FOLDER } from '../../ports/data-directory.ts';
import type { RecoverySite } from '../../ports/recovery-site.ts';
import { ServerFile } from '../../restore/replay/server-files.ts';
import { runTool } from '../postgres/run-tool.ts';
import { type FileOwner, serverOwner } from '../system/file-owner.ts';
import {
  claimDataDirectory,
  inspectDataDirectory,
  locateDataDirectory,
} from './claim-data-directory.ts';
import { FolderRecoverySpool } from './folder-recovery-spool.ts';
import { holdTablespaces, inspectPlaces } from './tablespaces/hold-tablespaces.ts';
import { TABLESPACE_MARK } from './tablespaces/tablespace-mark.ts';

/** How recoveries on this machine go on when their process dies. */
export interface LocalSiteOptions {
  /**
   * Text of an `sh` script that fetches one file, called with its name, its place and the file to
   * make as proof before it ends with 1 for "absent".
   *
   * @default - none: the server aborts when the recovering process is gone
   */
  readonly oneShot?: string | undefined;
  /** Whose everything will be when this process is root. @default - PostgreSQL's account */
  readonly owner?: FileOwner | undefined;
}

const VERIFY_TIMEOUT_MS = 12 * 3_600_000;

/**
 * Recoveries on this machine. As root everything is given to PostgreSQL's account.
 *
 * @throws {@link OpsError} `PG-TOOLS` when this process is root and there is no such account.
 */
export function localRecoverySite(options: LocalSiteOptions = {}): RecoverySite {
  const owner = options.owner ?? serverOwner();
  return {
    inspect: async (dataDirectory) => {
      await inspectDataDirectory(await locateDataDirectory(dataDirectory));
    },
    claim: async (dataDirectory) => claimDataDirectory(dataDirectory, owner),
    openSpool: async ({ path }) =>
      FolderRecoverySpool.create(join(path, RECOVERY_FOLDER, 'wal'), owner, options.oneShot),
    inspectTablespaces: async (places, dataDirectory) => {
      if (places.length === 0) return;
      await inspectPlaces(places, await locateDataDirectory(dataDirectory), owner);
    },
    holdTablespaces: async (places, dataDirectory) => holdTablespaces(places, dataDirectory, owner),
    verifyBackup: async (postgres, { path }, { places, signal }) => {
      const oids = places.flatMap((place) => place.oids);
      const marks = oids.map((oid) => `${TABLESPACES_FOLDER}/${oid}/${TABLESPACE_MARK}`);
      const ignored = [RECOVERY_FOLDER, ServerFile.RECOVERY_CONF, ...marks].map(
        (name) => `--ignore=${name}`,
      );
      const args = ['--no-parse-wal', '--quiet', ...ignored, path];
      const program = join(postgres.binDirectory, 'pg_verifybackup');
      await runTool(program, args, { owner, timeoutMs: VERIFY_TIMEOUT_MS, signal });
    },
  };
}
