import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, StoreUrl, Word } from './fields.ts';

/** What the probe of a cluster's estate looks at from outside the database. */
export const EstateConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    [Env.STORE]: StoreUrl,
    [Env.KMS_KEY]: Word,
    [Env.ENVELOPE_KEY]: Word.optional(),
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
  }));
export type EstateConfig = z.output<typeof EstateConfig>;
