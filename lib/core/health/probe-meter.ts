import type { Clock } from '../ports/clock.ts';
import type { HealthSession, HealthSessions } from '../ports/health-session.ts';

/** Sessions that know how long their queries took. */
export interface MeteredSessions extends HealthSessions {
  /** Waited for answers so far, with their way over the network: what the server spent is less. */
  spentMs(): number;
}

/** The same sessions, and what their queries cost. Once a signal is aborted, nothing is asked with it. */
export function meteredSessions(sessions: HealthSessions, clock: Clock): MeteredSessions {
  let spentMs = 0;
  const metered = (session: HealthSession): HealthSession => ({
    query: async (...asked) => {
      const [, , options] = asked;
      options?.signal?.throwIfAborted();
      const startMs = clock.elapsedMs();
      try {
        return await session.query(...asked);
      } finally {
        spentMs += clock.elapsedMs() - startMs;
      }
    },
    [Symbol.asyncDispose]: async () => session[Symbol.asyncDispose](),
  });
  return {
    open: async (database, options) => metered(await sessions.open(database, options)),
    spentMs: () => spentMs,
  };
}
