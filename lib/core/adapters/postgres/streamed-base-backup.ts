import type {
  BaseBackupArchive,
  BaseBackupOutcome,
  BaseBackupSource,
} from '../../ports/base-backup-source.ts';
import { OpsError } from '../../errors/ops-error.ts';
import { beginCopy, type CopyPiece } from './base-backup-session.ts';
import type { ConnectionOptions } from './connection.ts';
import { openReplication } from './replication-session.ts';

/**
 * Base backups over the replication protocol, by the command that `pg_basebackup` sends too: that
 * program writes no cluster with tablespaces to a stream, and in tar format it loses tablespaces
 * that lie within a data directory of PostgreSQL 15.
 */
export function streamedBaseBackups(connection: ConnectionOptions): BaseBackupSource {
  return {
    start: (options) => {
      const over = new AbortController();
      const given = options.signal === undefined ? [] : [options.signal];
      const signal = AbortSignal.any([over.signal, ...given]);
      const ended = Promise.withResolvers<BaseBackupOutcome>();
      const begin = async () => {
        const session = await openReplication(connection, options.applicationName, signal);
        const { socket } = session;
        const cut = (): void => void (socket.writableEnded || socket.destroy());
        signal.addEventListener('abort', cut, { once: true });
        if (signal.aborted) cut();
        return beginCopy(session, options);
      };
      const begun = begin().catch((error: unknown) => {
        over.abort(asFailure(error));
        throw signal.reason;
      });
      // Whichever comes first: a failure, an abort, or a reader who stops early.
      signal.addEventListener('abort', () => ended.reject(signal.reason), { once: true });

      const archives = async function* (): AsyncGenerator<BaseBackupArchive, void, undefined> {
        try {
          const { pieces } = await begun;
          const nextPiece = async (): Promise<IteratorResult<CopyPiece, BaseBackupOutcome>> => {
            try {
              const piece = await pieces.next();
              if (piece.done === true) ended.resolve(piece.value);
              return piece;
            } catch (error) {
              over.abort(asFailure(error));
              throw signal.reason;
            }
          };
          let next = await nextPiece();
          while (next.done !== true) {
            if (next.value.kind === 'data') throw outOfOrder();
            const head = next.value;
            const chunks = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
              for (
                next = await nextPiece();
                next.done !== true && next.value.kind === 'data';
                next = await nextPiece()
              ) {
                yield next.value.bytes;
              }
            };
            yield { ...head, chunks: chunks() };
          }
        } finally {
          over.abort(new OpsError('ABORTED', 'nobody reads the base backup any more'));
        }
      };
      const started = begun.then(({ start }) => start);
      // Either may reject before anybody listens: whoever reads the archives meets the error there.
      for (const promise of [started, ended.promise]) promise.catch(() => undefined);
      return { started, archives: archives(), finished: ended.promise };
    },
  };
}

/** What is no {@link OpsError} yet comes from the connection itself. */
function asFailure(error: unknown): OpsError {
  if (error instanceof OpsError) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new OpsError('BACKUP-FAILED', `the connection of the base backup was lost: ${said}`, {
    cause: error,
    hint: 'see the log of the server, and what lies between; then take the backup again',
  });
}

function outOfOrder(): OpsError {
  return new OpsError('BACKUP-FAILED', 'the server sent data of a base backup ahead of its name', {
    hint: 'is this PostgreSQL newer than Holdfast? take the backup with a newer release of it',
  });
}
