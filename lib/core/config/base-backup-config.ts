import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, StoreUrl, Word } from './fields.ts';

/** What a timer can wait for, in whole days. */
const MAX_TIMEOUT_SEC = 24 * 86_400;

/** What the base backup's task is told. */
export const BaseBackupConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    [Env.STORE]: StoreUrl,
    [Env.KMS_KEY]: Word.optional(),
    [Env.ENVELOPE_KEY]: Word.optional(),
    PGHOST: Word,
    PGPORT: z.coerce.number().int().min(1).max(65_535).default(5432),
    [DeployedEnv.ROLE_SECRET]: Word,
    [DeployedEnv.CA_PARAMETER]: Word,
    [DeployedEnv.BACKUP_TIMEOUT_SEC]: z.coerce
      .number()
      .int()
      .min(1)
      .max(MAX_TIMEOUT_SEC)
      .default(21_600),
    [DeployedEnv.BACKUP_MAX_RATE_KIB]: z.coerce.number().int().min(32).max(1_048_576).optional(),
    [DeployedEnv.BACKUP_CHECKPOINT]: z.enum(['fast', 'spread']).default('spread'),
    [DeployedEnv.OCCURRENCE]: z
      .string()
      .regex(/^\d{8}T\d{6}Z$/)
      .optional(),
    [DeployedEnv.ATTEMPT]: z.coerce.number().int().min(1).max(2).default(1),
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
    host: env.PGHOST,
    port: env.PGPORT,
    roleSecret: env[DeployedEnv.ROLE_SECRET],
    caParameter: env[DeployedEnv.CA_PARAMETER],
    timeoutSec: env[DeployedEnv.BACKUP_TIMEOUT_SEC],
    maxRateKiB: env[DeployedEnv.BACKUP_MAX_RATE_KIB],
    checkpoint: env[DeployedEnv.BACKUP_CHECKPOINT],
    occurrence: env[DeployedEnv.OCCURRENCE],
    attempt: env[DeployedEnv.ATTEMPT],
  }));
export type BaseBackupConfig = z.output<typeof BaseBackupConfig>;
