import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, Json, Positive, StoreUrl, Word } from './fields.ts';
import { RetentionPolicy } from './retention-policy.ts';

/** What a timer can wait for, in whole days. */
const MAX_TIMEOUT_SEC = 24 * 86_400;

const Subject = z.object({
  [DeployedEnv.ENVIRONMENT]: EnvironmentName,
  [Env.CLUSTER]: ClusterId,
  [Env.STORE]: StoreUrl,
  [Env.KMS_KEY]: Word.optional(),
  [Env.ENVELOPE_KEY]: Word.optional(),
});

function subjectOf(env: z.output<typeof Subject>): {
  readonly environment: string;
  readonly cluster: string;
  readonly storeUrl: string;
  readonly kmsKey: string | undefined;
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

/** What the function goes by that audits an archive. */
export const AuditArchiveConfig = Subject.extend({
  [DeployedEnv.RETENTION]: Json.pipe(RetentionPolicy),
}).transform((env) => ({ ...subjectOf(env), policy: env[DeployedEnv.RETENTION] }));
export type AuditArchiveConfig = z.output<typeof AuditArchiveConfig>;

/** What the task goes by that reads an archive's bytes. */
export const HashAuditConfig = Subject.extend({
  [DeployedEnv.AUDIT_TIMEOUT_SEC]: Positive.max(MAX_TIMEOUT_SEC).default(6 * 3_600),
  [DeployedEnv.AUDIT_MAX_BYTES]: Positive.optional(),
}).transform((env) => ({
  ...subjectOf(env),
  timeoutSec: env[DeployedEnv.AUDIT_TIMEOUT_SEC],
  maxBytes: env[DeployedEnv.AUDIT_MAX_BYTES],
}));
export type HashAuditConfig = z.output<typeof HashAuditConfig>;
