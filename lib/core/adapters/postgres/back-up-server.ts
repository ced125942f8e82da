import {
  type BackupContext,
  type BackupRequest,
  takeBaseBackup,
} from '../../backup/take-base-backup.ts';
import type { BackupRecord } from '../../store/records.ts';
import { startDigestThread } from '../system/digest-thread.ts';
import type { ConnectionOptions } from './connection.ts';
import { streamedBaseBackups } from './streamed-base-backup.ts';

/** A {@link BackupContext} of the server that `connection` reaches. */
export interface ServerBackup extends Omit<BackupContext, 'source' | 'digests'> {
  readonly connection: ConnectionOptions;
}

/** {@link takeBaseBackup} of a running server, hashed beside the main thread. */
export async function backUpServer(
  request: BackupRequest,
  { connection, ...context }: ServerBackup,
): Promise<BackupRecord> {
  await using digests = startDigestThread();
  const source = streamedBaseBackups(connection);
  return await takeBaseBackup(request, { ...context, source, digests });
}
