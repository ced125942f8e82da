import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, StoreUrl, Word } from './fields.ts';

/** Where a diagnosis looks: the server, the store, and what the probe wrote down. */
export const DiagnoseConfig = z
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
    /** Without it, statements are compared over the few seconds that a diagnosis has. */
    [DeployedEnv.PROBE_LOG_GROUP]: Word.optional(),
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
    probeLogGroup: env[DeployedEnv.PROBE_LOG_GROUP],
  }));
export type DiagnoseConfig = z.output<typeof DiagnoseConfig>;
