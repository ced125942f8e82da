import pRetry from 'p-retry';
import { isOpsError } from '../../errors/ops-error.ts';
import type { HealthSessions } from '../../ports/health-session.ts';

/** Three attempts, of which each ends by itself: within the time that a probe has. */
const RETRY = { retries: 2, minTimeout: 200, maxTimeout: 1_000, randomize: true } as const;
/** SQLSTATEs by which a server says that it knows who asks, and does not want them. */
const REFUSED = /^(28|3D)/;

/**
 * Sessions whose first connection is tried again, after a random while, where the same attempt may succeed. A session in
 * another database is not: the server just answered.
 */
export function patientSessions(sessions: HealthSessions): HealthSessions {
  return {
    open: async (database, options) =>
      database === undefined
        ? pRetry(async () => sessions.open(undefined, options), {
            ...RETRY,
            shouldRetry: ({ error }) => mayPass(error),
            signal: options?.signal,
          })
        : sessions.open(database, options),
  };
}

function mayPass(error: Error): boolean {
  return (
    isOpsError(error) && error.retryable && !REFUSED.test(String(error.details['sqlState'] ?? ''))
  );
}
