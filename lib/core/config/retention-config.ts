import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Json, StoreUrl, Word } from './fields.ts';
import { RetentionPolicy } from './retention-policy.ts';

const Variables = z.object({
  [DeployedEnv.ENVIRONMENT]: EnvironmentName,
  [Env.CLUSTER]: ClusterId,
  [Env.STORE]: StoreUrl,
  [Env.KMS_KEY]: Word,
  [Env.ENVELOPE_KEY]: Word.optional(),
  [DeployedEnv.RETENTION]: Json.pipe(RetentionPolicy),
});

function namesOf(env: z.output<typeof Variables>) {
  return {
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
    policy: env[DeployedEnv.RETENTION],
  };
}

/** What the function goes by that lets go of what is due. */
export const ApplyRetentionConfig = Variables.transform(namesOf);
export type ApplyRetentionConfig = z.output<typeof ApplyRetentionConfig>;

/** What the function goes by that lengthens the locks of what stays. */
export const ExtendLocksConfig = Variables.extend({
  [DeployedEnv.LOCK_MODE]: z.enum(['GOVERNANCE', 'COMPLIANCE']),
}).transform((env) => ({ ...namesOf(env), lockMode: env[DeployedEnv.LOCK_MODE] }));
export type ExtendLocksConfig = z.output<typeof ExtendLocksConfig>;
