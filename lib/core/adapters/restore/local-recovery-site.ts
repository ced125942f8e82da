import { join } from 'node:path';
import { RECOVERY_FOLDER } from '../../ports/data-directory.ts';
import type { RecoverySite } from '../../ports/recovery-site.ts';
import { runTool } from '../postgres/run-tool.ts';
import { serverOwner } from '../system/file-owner.ts';
import { claimDataDirectory } from './claim-data-directory.ts';
import { FolderRecoverySpool } from './folder-recovery-spool.ts';

/** How recoveries on this machine go on when their process dies. */
export interface LocalSiteOptions {
  /**
   * Text of an `sh` script that fetches one file, called with its name, its place and the file to
   * make as proof before it ends with 1 for "absent".
   *
   * @default - none: the server aborts when the recovering process is gone
   */
  readonly oneShot?: string | undefined;
}

const VERIFY_TIMEOUT_MS = 12 * 3_600_000;

/**
 * Recoveries on this machine. As root everything is given to PostgreSQL's account.
 *
 * @throws {@link OpsError} `PG-TOOLS` when this process is root and there is no such account.
 */
export function localRecoverySite(options: LocalSiteOptions = {}): RecoverySite {
  const owner = serverOwner();
  return {
    claim: async (dataDirectory) => claimDataDirectory(dataDirectory, owner),
    openSpool: async ({ path }) =>
      FolderRecoverySpool.create(join(path, RECOVERY_FOLDER, 'wal'), owner, options.oneShot),
    verifyBackup: async (postgres, { path }, { signal } = {}) => {
      const args = ['--no-parse-wal', '--quiet', `--ignore=${RECOVERY_FOLDER}`, path];
      const program = join(postgres.binDirectory, 'pg_verifybackup');
      await runTool(program, args, { owner, timeoutMs: VERIFY_TIMEOUT_MS, signal });
    },
  };
}
