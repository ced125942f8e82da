import { z } from 'zod';
import { ClusterId, EnvironmentName, StoreUrl, Word } from './fields.ts';

const Cidr = z.cidrv4();

/** How clients share connections. */
export const PoolerConfig = z.object({
  enabled: z.boolean(),
  /** Server connections of each pair of user and database. */
  poolSize: z.int().min(1),
  /** As many more while clients have waited. */
  reservePoolSize: z.int().min(0),
  /** Connections of clients, all in all. */
  maxClients: z.int().min(1),
});
export type PoolerConfig = z.output<typeof PoolerConfig>;

/** When PostgreSQL may be restarted, each day. */
export const MaintenanceWindow = z.object({
  /** `HH:MM`, UTC. */
  start: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  minutes: z.int().min(10).max(1_440),
});
export type MaintenanceWindow = z.output<typeof MaintenanceWindow>;

/** Values of settings as a person writes them. */
export const SettingValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type SettingValues = z.output<typeof SettingValues>;

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
  /** KMS key that seals what is stored. @default - nothing is sealed */
  envelopeKey: Word.optional(),
  volumeId: Word,
  hostName: Word,
  /** Addresses from which clients may connect. */
  clientCidrs: z.array(Cidr).min(1),
  /** Addresses of the tasks and functions that connect as one of Holdfast's own roles. */
  taskCidrs: z.array(Cidr).min(1),
  /** ARNs of the secrets of the roles, by the role's name. */
  roleSecrets: z.record(z.string(), Word),
  /** ARN of the secret with the keys that sign the server's certificates. */
  authoritySecret: Word,
  caParameter: Word,
  /** For postgresql.conf, above what the host works out by itself. */
  settings: SettingValues,
  pooler: PoolerConfig,
  /** What a host does whose volume is blank although the cluster's archive is not. */
  onLostData: z.enum(['refuse', 'recover']),
  /** @default - any time will do */
  window: MaintenanceWindow.optional(),
  /** Where its containers log. @default - the host's own disk, bounded */
  logGroup: Word.optional(),
  /** What waits to hear that the host has started. @default - nobody */
  signal: z.object({ stack: Word, resource: Word }).optional(),
});
export type HostConfig = z.output<typeof HostConfig>;
