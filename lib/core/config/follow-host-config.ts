import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Word } from './fields.ts';

/** Whose DNS record follows which Auto Scaling group. */
export const FollowHostConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    [DeployedEnv.HOST_GROUP]: Word,
    [DeployedEnv.HOSTED_ZONE]: Word,
    [DeployedEnv.HOST_NAME]: Word,
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    hostGroup: env[DeployedEnv.HOST_GROUP],
    hostedZone: env[DeployedEnv.HOSTED_ZONE],
    hostName: env[DeployedEnv.HOST_NAME],
  }));
export type FollowHostConfig = z.output<typeof FollowHostConfig>;
