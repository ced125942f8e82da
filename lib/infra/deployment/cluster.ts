import { z } from 'zod';
import { HealthThresholds } from '../../core/config/health-thresholds.ts';
import { HostConfig, MaintenanceWindow, PoolerConfig } from '../../core/config/host-config.ts';
import { CLUSTER_ID } from '../../core/contract/key-layout.ts';
import { Copy, copyRetentionFaults } from './copy.ts';
import { envelopeFaults } from './envelope-faults.ts';
import { Notifications } from './notifications.ts';
import { PostgresSettings } from './postgres-settings.ts';
import { Retention } from './retention.ts';
import { retentionFaults } from './retention-faults.ts';
import { longestGapSec, Schedule } from './schedule.ts';
import { TaskSize } from './task-size.ts';
import { Volume } from './volume.ts';

/** Families of Graviton processors have a g behind their number, as in r8g and c7gn. */
const GRAVITON = /^[a-z]+\d+g[a-z]*\.|^a1\./;
const HOUR_SEC = 3_600;
const DAY_SEC = 24 * HOUR_SEC;

const Instance = z
  .strictObject({
    type: z
      .string()
      .regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'is no instance type')
      .default('r8g.large'),
    architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
    /** Machine image, with docker. @default - the newest ECS-optimized Amazon Linux 2023 when first deployed */
    ami: z
      .string()
      .regex(/^ami-[0-9a-f]{8,17}$/, 'is no id of a machine image')
      .optional(),
  })
  .refine(({ type, architecture }) => GRAVITON.test(type) === (architecture === 'arm64'), {
    path: ['architecture'],
    error: ({ input }) => `does not fit the instance type: ${JSON.stringify(input)}`,
  });

const ClientCidr = z.cidrv4().refine((cidr) => !cidr.endsWith('/0'), {
  error: 'is the whole internet: name the networks that clients are in',
});

const Backup = z
  .strictObject({
    schedule: Schedule.prefault({}),
    /** Wall-clock limit of one backup. */
    timeoutHours: z.number().positive().max(72).default(6),
    /** KiB a second that are read from the server at most. @default - no limit */
    maxRateKiB: z.int().min(32).max(1_048_576).optional(),
    checkpoint: z.enum(['fast', 'spread']).default('spread'),
    /** Spot capacity is cheaper and may end a backup; its retry never runs there. */
    capacity: z.enum(['FARGATE', 'FARGATE_SPOT']).default('FARGATE'),
    size: TaskSize.prefault({}),
  })
  .superRefine(({ schedule, timeoutHours }, context) => {
    const gapHours = longestGapSec(schedule) / HOUR_SEC;
    if (timeoutHours <= gapHours) return;
    context.addIssue({
      code: 'custom',
      path: ['timeoutHours'],
      message: `${timeoutHours} hours are longer than the ${gapHours} between two backups`,
    });
  });

/** How clients share connections: at a port of its own, beside the server's. */
const Pooler = PoolerConfig.extend({
  /** Whether there is one. */
  enabled: PoolerConfig.shape.enabled.default(true),
  poolSize: PoolerConfig.shape.poolSize.default(20),
  reservePoolSize: PoolerConfig.shape.reservePoolSize.default(30),
  maxClients: PoolerConfig.shape.maxClients.default(1_000),
}).strict();

/** What checks of health go by, and who else is told how they stand. */
const Health = z.strictObject({
  /** Where checks begin to warn and to page; alarms go by the same. */
  thresholds: HealthThresholds.prefault({}),
  /** Whether monitors outside AWS may ask how the cluster is, at an address of its own, with a token. */
  endpoint: z.boolean().default(false),
});

/** One PostgreSQL cluster. */
export const Cluster = z
  .strictObject({
    id: z
      .string()
      .regex(CLUSTER_ID, 'is no cluster id: 2 to 31 lower-case letters, digits and hyphens'),
    postgres: z
      .strictObject({
        major: z.union([z.literal(15), z.literal(16), z.literal(17), z.literal(18)]).default(18),
        settings: PostgresSettings.default({}),
      })
      .prefault({}),
    instance: Instance.prefault({}),
    /** @default - the environment's first */
    availabilityZone: z.string().optional(),
    volume: Volume.prefault({}),
    /** Committed work that may be lost with the host: older WAL that is not in the store pages. */
    rpoSec: z.int().min(60).max(DAY_SEC).default(300),
    backup: Backup.prefault({}),
    retention: Retention.prefault({}),
    /** Whether what is stored is encrypted under the cluster's key before it is sent: see docs/encryption.md. */
    envelope: z.boolean().default(false),
    /** Everything once more, in another region, under another key. @default - no copy */
    copy: Copy.optional(),
    pooler: Pooler.prefault({}),
    health: Health.prefault({}),
    /**
     * What a host does that finds its volume blank although the archive is not. `refuse`: it starts no
     * server and waits for a person, for the volume may be the wrong one. `recover`: it brings back what
     * the archive has, without being asked; commits that had not reached the archive are lost.
     */
    onLostData: HostConfig.shape.onLostData.default('refuse'),
    /** When PostgreSQL may be restarted for changes that ask for it, each day. @default - any time */
    maintenanceWindow: MaintenanceWindow.strict().optional(),
    /** Addresses from which clients may connect. @default - the whole network */
    clientCidrs: z.array(ClientCidr).min(1).optional(),
    /** @default - the environment's */
    notifications: Notifications.optional(),
    /** The only role that may delete what is kept; used by people, never by Holdfast. */
    breakGlassRoleArn: z
      .string()
      .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, 'is no ARN of a role')
      .optional(),
  })
  .superRefine((cluster, context) => {
    const faults = [
      ...retentionFaults(cluster),
      ...copyRetentionFaults(cluster),
      ...envelopeFaults(cluster),
    ];
    for (const fault of faults) context.addIssue({ code: 'custom', ...fault });
  });
export type Cluster = z.output<typeof Cluster>;
