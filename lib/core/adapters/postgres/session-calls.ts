import { OpsError } from '../../errors/ops-error.ts';
import type { CallOptions } from '../../ports/object-store.ts';
import type { ConnectionOptions } from './connection.ts';
import { type Session, withSession } from './sql-session.ts';

/** Calls on one server, each with a session of its own. */
export interface SessionCalls {
  /** Runs `use`, in `database` or else in the connection's own; ends and throws as {@link withSession}. */
  readonly call: <T>(
    options: CallOptions | undefined,
    use: (sql: Session) => Promise<T>,
    database?: string,
  ) => Promise<T>;
  /** Ends the calls under way, which then reject with `ABORTED`. */
  readonly close: () => Promise<void>;
}

/** Calls on the server that `connection` reaches; nothing is opened yet. */
export function sessionCalls(connection: ConnectionOptions): SessionCalls {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    call: async (options, use, database = connection.database) => {
      const ends = [closing.signal, options?.signal].filter((signal) => signal !== undefined);
      const session = withSession(
        { ...connection, database },
        { signal: AbortSignal.any(ends) },
        use,
      );
      running.add(session);
      return session.finally(() => running.delete(session));
    },
    close: async () => {
      closing.abort(new OpsError('ABORTED', 'the connection was closed during the call'));
      await Promise.allSettled(running);
    },
  };
}
