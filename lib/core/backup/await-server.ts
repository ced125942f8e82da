import { isOpsError } from '../errors/ops-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterServer } from '../ports/cluster-server.ts';
import type { CallOptions } from '../ports/object-store.ts';

/** A host that died is replaced and PostgreSQL has started again within minutes, as a rule. */
const PATIENCE_MS = 15 * 60_000;
const PAUSE_MS = 10_000;

/**
 * Waits until the server answers, a quarter of an hour at most: what ended the backup before may have
 * been its host, and a retry that comes before the next one is wasted.
 *
 * @throws {@link OpsError} `PG-CONNECT` as the server's last refusal; any other error at once.
 */
export async function awaitServer(
  server: Pick<ClusterServer, 'now'>,
  { clock, signal }: CallOptions & { readonly clock: Clock },
): Promise<void> {
  const deadlineMs = clock.elapsedMs() + PATIENCE_MS;
  for (;;) {
    try {
      await server.now({ signal });
      return;
    } catch (error) {
      const isHopeless = !isOpsError(error, 'PG-CONNECT') || clock.elapsedMs() >= deadlineMs;
      if (isHopeless) throw error;
      await clock.sleep(PAUSE_MS, signal);
    }
  }
}
