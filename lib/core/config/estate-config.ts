import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Json, List, Positive, StoreUrl, Word } from './fields.ts';
import { HealthThresholds } from './health-thresholds.ts';
import { RetentionPolicy } from './retention-policy.ts';
import { VaultSettings } from './vault-settings.ts';

const STORE = {
  [DeployedEnv.ENVIRONMENT]: EnvironmentName,
  [Env.CLUSTER]: ClusterId,
  [Env.STORE]: StoreUrl,
  [Env.KMS_KEY]: Word,
  [Env.ENVELOPE_KEY]: Word.optional(),
};

function storeOf(env: z.output<z.ZodObject<typeof STORE>>): {
  readonly environment: string;
  readonly cluster: string;
  readonly storeUrl: string;
  readonly kmsKey: string;
  readonly envelopeKey: string | undefined;
} {
  return {
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
  };
}

/** What is looked at in a cluster's store from outside the database. */
export const EstateConfig = z.object(STORE).transform(storeOf);
export type EstateConfig = z.output<typeof EstateConfig>;

/**
 * What the probe of a cluster's estate looks at. What the deployment does not name is absent, and so are its
 * checks.
 */
export const ProbeEstateConfig = z
  .object({
    ...STORE,
    [DeployedEnv.HEALTH_THRESHOLDS]: Json.pipe(HealthThresholds).optional(),
    [DeployedEnv.RETENTION]: Json.pipe(RetentionPolicy).optional(),
    [DeployedEnv.VAULT_SETTINGS]: Json.pipe(VaultSettings).optional(),
    [DeployedEnv.ROTATED_SECRETS]: List.optional(),
    [DeployedEnv.HOST_GROUP]: Word.optional(),
    [Env.VOLUME_ID]: Word.optional(),
    [DeployedEnv.FUNCTIONS]: List.optional(),
    [DeployedEnv.POOLER]: z.literal('yes').optional(),
    [DeployedEnv.BACKUP_AGE_LIMIT_SEC]: Positive.optional(),
    [DeployedEnv.BACKUP_TIMEOUT_SEC]: Positive.optional(),
  })
  .transform((env) => ({
    ...storeOf(env),
    thresholds: env[DeployedEnv.HEALTH_THRESHOLDS] ?? HealthThresholds.parse({}),
    retention: env[DeployedEnv.RETENTION],
    vaultSettings: env[DeployedEnv.VAULT_SETTINGS],
    rotatedSecrets: env[DeployedEnv.ROTATED_SECRETS] ?? [],
    hostGroup: env[DeployedEnv.HOST_GROUP],
    volumeId: env[Env.VOLUME_ID],
    functions: env[DeployedEnv.FUNCTIONS] ?? [],
    hasPooler: env[DeployedEnv.POOLER] === 'yes',
    backupAgeLimitSec: env[DeployedEnv.BACKUP_AGE_LIMIT_SEC],
    backupTimeoutSec: env[DeployedEnv.BACKUP_TIMEOUT_SEC],
  }));
export type ProbeEstateConfig = z.output<typeof ProbeEstateConfig>;
