import { DeployedEnv } from '../../core/contract/environment.ts';
import type { Cluster } from '../deployment/cluster.ts';

const GIB = 1_073_741_824;

/** What whoever judges a database's health is told besides where it is. */
export function probeVariables({ rpoSec, volume, health }: Cluster): Record<string, string> {
  return {
    [DeployedEnv.RPO_SEC]: String(rpoSec),
    [DeployedEnv.VOLUME_BYTES]: String(volume.sizeGiB * GIB),
    [DeployedEnv.HEALTH_THRESHOLDS]: JSON.stringify(health.thresholds),
  };
}
