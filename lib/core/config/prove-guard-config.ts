import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Word } from './fields.ts';

/** Whose guard is proven, by which key. */
export const ProveGuardConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    [Env.KMS_KEY]: Word,
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    kmsKey: env[Env.KMS_KEY],
  }));
export type ProveGuardConfig = z.output<typeof ProveGuardConfig>;
