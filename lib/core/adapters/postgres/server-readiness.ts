import { setTimeout as delay } from 'node:timers/promises';
import { isOpsError, OpsError } from '../../errors/ops-error.ts';
import type { RunningServer } from '../../ports/postgres-instance.ts';
import type { ConnectionOptions } from './connection.ts';
import { withSession } from './sql-session.ts';

const POLL_MS = 50;
const ATTEMPT_TIMEOUT_MS = 5000;

/**
 * Resolves once `server` answers on `connection`.
 *
 * @throws {@link OpsError} `PG-FAILED` with the end of its log when it ends instead, `PG-TIMEOUT`
 *   past the deadline; another code when it answers that this login will never do.
 */
export async function waitUntilReady(
  server: RunningServer,
  connection: ConnectionOptions,
  timeoutMs: number,
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const ended = server.exited.then(() => 'ended' as const);
  for (;;) {
    const outcome = await Promise.race([attempt(connection), ended]);
    if (outcome === 'ready') return;
    if (outcome === 'ended') throw await endedEarly(server);
    if (deadline.aborted) throw await tooLate(server, timeoutMs);
    await delay(POLL_MS);
  }
}

async function attempt(connection: ConnectionOptions): Promise<'ready' | 'not yet'> {
  try {
    await withSession(connection, { timeoutMs: ATTEMPT_TIMEOUT_MS }, async (sql) => sql`SELECT`);
    return 'ready';
  } catch (error) {
    if (isOpsError(error, 'PG-CONNECT') || isOpsError(error, 'PG-TIMEOUT')) return 'not yet';
    throw error;
  }
}

async function endedEarly(server: RunningServer): Promise<OpsError> {
  const { exitCode, signal } = await server.exited;
  const how = signal === undefined ? `with status ${exitCode}` : `by ${signal}`;
  return new OpsError('PG-FAILED', `the server ended ${how}: ${await server.logTail()}`, {
    hint: "the text is the end of the server's own log",
  });
}

async function tooLate(server: RunningServer, timeoutMs: number): Promise<OpsError> {
  const log = await server.logTail();
  return new OpsError('PG-TIMEOUT', `the server did not answer in ${timeoutMs / 1000} s: ${log}`, {
    hint: "the text is the end of the server's own log: it may have WAL to replay still",
  });
}
