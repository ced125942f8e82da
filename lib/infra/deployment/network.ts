import { z } from 'zod';

const Cidr = z.cidrv4();
const MIN_VPC_BITS = 16;
const MAX_VPC_BITS = 24;
/** Length of the prefix of every subnet. */
export const SUBNET_BITS = 26;

/** A network of the environment's own. */
const NewNetwork = z.strictObject({
  /** Addresses of the VPC, /16 to /24. */
  cidr: Cidr.refine((cidr) => bits(cidr) >= MIN_VPC_BITS && bits(cidr) <= MAX_VPC_BITS, {
    error: ({ input }) => `${String(input)} is not between a /16 and a /24`,
  }).default('10.42.0.0/16'),
  /**
   * How isolated machines reach AWS: interface endpoints, each paid by the hour, or one NAT gateway.
   * docs/costs.md has the sums.
   */
  egress: z.enum(['endpoints', 'nat']).default('endpoints'),
});

export type NewNetwork = z.output<typeof NewNetwork>;

/** A network that is there already; it must reach the services that docs/deploy.md lists. */
const ExistingNetwork = z.strictObject({
  vpcId: z.string().regex(/^vpc-[0-9a-f]{8,17}$/, 'is no id of a VPC'),
  cidr: Cidr,
  /** Private subnets, one in each zone that a cluster is in. */
  subnets: z
    .array(
      z.strictObject({
        subnetId: z.string().regex(/^subnet-[0-9a-f]{8,17}$/, 'is no id of a subnet'),
        availabilityZone: z.string().min(1),
        routeTableId: z.string().regex(/^rtb-[0-9a-f]{8,17}$/, 'is no id of a route table'),
      }),
    )
    .min(1),
});
export type ExistingNetwork = z.output<typeof ExistingNetwork>;

/** Where an environment's machines are. */
export const Network = z.union([ExistingNetwork, NewNetwork]);
export type Network = z.output<typeof Network>;

/** Whether the network is there already. */
export function isExisting(network: Network): network is ExistingNetwork {
  return 'vpcId' in network;
}

/** How many subnets fit into a network. */
export function subnetsIn({ cidr }: NewNetwork): number {
  return 2 ** (SUBNET_BITS - bits(cidr));
}

/** How many subnets a network has in each zone: with a NAT gateway there are public ones too. */
export function subnetsPerZone({ egress }: NewNetwork): number {
  return egress === 'nat' ? 2 : 1;
}

function bits(cidr: string): number {
  return Number(cidr.slice(cidr.indexOf('/') + 1));
}
