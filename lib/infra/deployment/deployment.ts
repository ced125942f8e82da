import { z } from 'zod';
import { Cluster } from './cluster.ts';
import { deploymentFaults } from './deployment-faults.ts';
import { isExisting, Network } from './network.ts';
import { Notifications } from './notifications.ts';
import { Region } from './region.ts';
import { Trail } from './trail.ts';

/** The container images that the cluster's own is built upon; a digest pins them for good. */
const BaseImages = z.strictObject({
  /** Image of PostgreSQL, whose major version is put in the place of `{major}`. */
  postgres: z.string().default('postgres:{major}-trixie'),
  node: z.string().default('node:24-trixie-slim'),
  /**
   * Image with Debian's package of PgBouncer, of the release that the image of PostgreSQL is made of.
   *
   * @see https://github.com/cloudnative-pg/pgbouncer-containers
   */
  pooler: z.string().default('ghcr.io/cloudnative-pg/pgbouncer:1.25.2-trixie'),
});

/** What an environment's file may say. */
export const Deployment = z
  .strictObject({
    account: z.string().regex(/^\d{12}$/, 'is no account id of twelve digits'),
    region: Region,
    /** Not every account has all of a region's. @default - the region's a and b */
    availabilityZones: z.array(z.string()).min(1).optional(),
    network: Network.default({ cidr: '10.42.0.0/16', egress: 'endpoints' }),
    notifications: Notifications,
    /** Where the runbook can be read; alarms link to its anchors. @default - its path in the project */
    runbookUrl: z.string().min(1).default('docs/runbook.md'),
    /** By which anybody hears of what is done to an archive. @default - one of the environment's own */
    trail: Trail.default('own'),
    baseImages: BaseImages.prefault({}),
    /** CloudFormation refuses to delete the stacks. */
    terminationProtection: z.boolean().default(true),
    clusters: z.array(Cluster).min(1),
  })
  .superRefine(({ availabilityZones, ...rest }, context) => {
    const zones = availabilityZones ?? firstZones(rest.region);
    for (const fault of deploymentFaults({ ...rest, availabilityZones: zones })) {
      context.addIssue({ code: 'custom', ...fault });
    }
  })
  .transform(({ availabilityZones, ...rest }) => ({
    ...rest,
    availabilityZones: availabilityZones ?? firstZones(rest.region),
  }));
export type Deployment = z.output<typeof Deployment>;

/** What an environment's file says: three lines are enough, all else has a default. */
export type DeploymentInput = z.input<typeof Deployment>;

/** An environment's file, for the types' sake. */
export function defineEnvironment(input: DeploymentInput): DeploymentInput {
  return input;
}

/** The zone of a cluster. */
export function zoneOf(deployment: Deployment, cluster: Cluster): string {
  const { network, availabilityZones } = deployment;
  const first = isExisting(network) ? network.subnets[0]?.availabilityZone : availabilityZones[0];
  return cluster.availabilityZone ?? first ?? '';
}

function firstZones(region: string): string[] {
  return [`${region}a`, `${region}b`];
}
