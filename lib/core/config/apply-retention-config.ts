import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Json, StoreUrl, Word } from './fields.ts';
import { RetentionPolicy } from './retention-policy.ts';

const fields = {
  [DeployedEnv.ENVIRONMENT]: EnvironmentName,
  [Env.CLUSTER]: ClusterId,
  [Env.STORE]: StoreUrl,
  [Env.KMS_KEY]: Word.optional(),
  [Env.ENVELOPE_KEY]: Word.optional(),
  [DeployedEnv.RETENTION]: Json.pipe(RetentionPolicy),
};

function retentionOf(env: z.output<z.ZodObject<typeof fields>>): {
  readonly environment: string;
  readonly cluster: string;
  readonly storeUrl: string;
  readonly kmsKey: string | undefined;
  readonly envelopeKey: string | undefined;
  readonly policy: RetentionPolicy;
} {
  return {
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
    policy: env[DeployedEnv.RETENTION],
  };
}

/** What a cluster's archive is planned by, and let go. */
export const ApplyRetentionConfig = z.object(fields).transform(retentionOf);
export type ApplyRetentionConfig = z.output<typeof ApplyRetentionConfig>;

/** What its locks are lengthened by. */
export const ExtendLocksConfig = z
  .object({ ...fields, [DeployedEnv.LOCK_MODE]: z.enum(['GOVERNANCE', 'COMPLIANCE']) })
  .transform((env) => ({ ...retentionOf(env), lockMode: env[DeployedEnv.LOCK_MODE] }));
export type ExtendLocksConfig = z.output<typeof ExtendLocksConfig>;
