import { HealthThresholds } from '../../core/config/health-thresholds.ts';
import { DeployedEnv } from '../../core/contract/environment.ts';
import type { Cluster } from '../deployment/cluster.ts';

const GIB = 1_073_741_824;

/** What whoever judges a database's health is told besides where it is. */
export function probeVariables(cluster: Cluster): Record<string, string> {
  return {
    [DeployedEnv.RPO_SEC]: String(cluster.rpoSec),
    [DeployedEnv.VOLUME_BYTES]: String(cluster.volume.sizeGiB * GIB),
    [DeployedEnv.HEALTH_THRESHOLDS]: ownThresholds(cluster),
  };
}

/**
 * JSON of those thresholds that are not the defaults, which whoever reads it has as well: a function's variables
 * may have 4 KB in all.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export function ownThresholds({ health }: Cluster): string {
  const defaults = new Map<string, unknown>(Object.entries(HealthThresholds.parse({})));
  const own = Object.entries(health.thresholds).filter(
    ([name, bounds]) => JSON.stringify(bounds) !== JSON.stringify(defaults.get(name)),
  );
  return JSON.stringify(Object.fromEntries(own));
}
