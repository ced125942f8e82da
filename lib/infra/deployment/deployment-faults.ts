import type { Cluster } from './cluster.ts';
import { copyRegionFaults } from './copy.ts';
import { isExisting, type Network, SUBNET_BITS, subnetsIn, subnetsPerZone } from './network.ts';
import { type Trail, trailFaults } from './trail.ts';

/** What has to fit together within one environment. */
export interface DeploymentParts {
  readonly region: string;
  readonly availabilityZones: readonly string[];
  readonly network: Network;
  readonly trail: Trail;
  readonly terminationProtection: boolean;
  readonly clusters: readonly Cluster[];
}

/** Where something does not fit, and what. */
export interface DeploymentFault {
  readonly path: (string | number)[];
  readonly message: string;
}

/** All that does not fit together within an environment. */
export function deploymentFaults(parts: DeploymentParts): readonly DeploymentFault[] {
  return [
    ...zoneFaults(parts),
    ...roomFaults(parts),
    ...idFaults(parts),
    ...placeFaults(parts),
    ...copiesFaults(parts),
    ...trailFaults(parts),
    ...endFaults(parts),
  ];
}

function zoneFaults({ availabilityZones, region }: DeploymentParts): readonly DeploymentFault[] {
  return availabilityZones.flatMap((zone, index) =>
    zone.startsWith(region)
      ? []
      : [{ path: ['availabilityZones', index], message: `${zone} is not in the region ${region}` }],
  );
}

function roomFaults({ availabilityZones, network }: DeploymentParts): readonly DeploymentFault[] {
  if (isExisting(network)) return [];
  const needed = availabilityZones.length * subnetsPerZone(network);
  const room = subnetsIn(network);
  if (needed <= room) return [];
  const message = `${network.cidr} has room for ${room} subnets of /${SUBNET_BITS}, ${needed} are needed`;
  return [{ path: ['network', 'cidr'], message }];
}

function idFaults({ clusters }: DeploymentParts): readonly DeploymentFault[] {
  const ids = clusters.map(({ id }) => id);
  return ids.flatMap((id, index) => {
    const path = ['clusters', index, 'id'];
    if (ids.indexOf(id) !== index) return [{ path, message: `${id} is there twice` }];
    // Rights on alarms are told by the prefix of their names.
    const longer = ids.find((other) => other.startsWith(`${id}-`));
    if (longer === undefined) return [];
    return [{ path, message: `${longer} begins with it: its alarms would count as ${id}'s` }];
  });
}

function placeFaults(parts: DeploymentParts): readonly DeploymentFault[] {
  const { network, availabilityZones, clusters } = parts;
  const zones = isExisting(network)
    ? network.subnets.map(({ availabilityZone }) => availabilityZone)
    : availabilityZones;
  return clusters.flatMap(({ availabilityZone }, index) => {
    if (availabilityZone === undefined || zones.includes(availabilityZone)) return [];
    const message = `${availabilityZone} is none of the network's: ${zones.join(', ')}`;
    return [{ path: ['clusters', index, 'availabilityZone'], message }];
  });
}

function copiesFaults({ clusters, region }: DeploymentParts): readonly DeploymentFault[] {
  return clusters.flatMap((cluster, index) =>
    copyRegionFaults(cluster, region).map(({ path, message }) => ({
      path: ['clusters', index, ...path],
      message,
    })),
  );
}

/** An environment that is there to be thrown away, and objects that nobody could throw away. */
function endFaults({
  terminationProtection,
  clusters,
}: DeploymentParts): readonly DeploymentFault[] {
  if (terminationProtection) return [];
  return clusters.flatMap(({ retention: { lock } }, index) => {
    if (lock.mode !== 'compliance') return [];
    const message = `${lock.mode} outlives everybody’s wish to end it, and terminationProtection is ${terminationProtection}: take governance, or protect the stacks`;
    return [{ path: ['clusters', index, 'retention', 'lock', 'mode'], message }];
  });
}
