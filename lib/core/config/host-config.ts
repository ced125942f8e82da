import { z } from 'zod';
import { ClusterId, EnvironmentName, StoreUrl, Word } from './fields.ts';

/**
 * What the host of a cluster is told: the value of its parameter `host-config`. Written by the
 * deployment, read at every boot.
 */
export const HostConfig = z.object({
  environment: EnvironmentName,
  cluster: ClusterId,
  /** Container image, with its tag. */
  image: Word,
  major: z.int().min(15),
  store: StoreUrl,
  kmsKey: Word,
  volumeId: Word,
  hostName: Word,
  /** Addresses from which clients may connect. */
  clientCidrs: z.array(z.string()).min(1),
  /** ARNs of the secrets of the roles, by the role's name. */
  roleSecrets: z.record(z.string(), Word),
  caParameter: Word,
  /** For postgresql.conf, above what the host works out by itself. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type HostConfig = z.output<typeof HostConfig>;
