import { OpsError } from '../../errors/ops-error.ts';
import { type FileOwner, ownerOf } from '../system/file-owner.ts';

/**
 * The account that a server on `dataDirectory` runs as: PostgreSQL accepts no other than its owner,
 * and never root.
 *
 * @throws {@link OpsError} `PG-DATA-DIR` when there is no such directory, or root owns it.
 * @see PostgreSQL checkDataDir, src/backend/utils/init/miscinit.c
 */
export async function dataDirectoryOwner(dataDirectory: string): Promise<FileOwner> {
  const owner = await ownerOf(dataDirectory).catch((cause: unknown) => {
    throw new OpsError('PG-DATA-DIR', `there is no directory ${dataDirectory}`, {
      cause,
      hint: 'name the directory that holds PG_VERSION',
    });
  });
  if (owner.uid !== 0) return owner;
  throw new OpsError('PG-DATA-DIR', `${dataDirectory} belongs to root, as whom no server runs`, {
    hint: `run "chown -R postgres: ${dataDirectory}"`,
  });
}
