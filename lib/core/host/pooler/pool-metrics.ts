import { Metric, type MetricName } from '../../contract/metrics.ts';
import { Pooler } from '../../contract/pooler.ts';
import type { Pool } from '../../ports/pooler-console.ts';

/** The metrics of all pools together, but for that of the console: whoever asks is in it. */
export function poolMetrics(
  pools: readonly Pool[],
): readonly (readonly [name: MetricName, value: number])[] {
  const shared = pools.filter(({ database }) => database !== Pooler.CONSOLE);
  const sum = (valueOf: (pool: Pool) => number): number =>
    shared.reduce((total, pool) => total + valueOf(pool), 0);
  return [
    [Metric.POOLER_CLIENTS_ACTIVE, sum(({ clientsActive }) => clientsActive)],
    [Metric.POOLER_CLIENTS_WAITING, sum(({ clientsWaiting }) => clientsWaiting)],
    [Metric.POOLER_SERVERS_ACTIVE, sum(({ serversActive }) => serversActive)],
    [Metric.POOLER_MAX_WAIT_SEC, Math.max(0, ...shared.map(({ maxWaitSec }) => maxWaitSec))],
  ];
}
