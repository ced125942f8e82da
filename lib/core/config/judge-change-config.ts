import { z } from 'zod';
import { DeployedEnv, Env } from '../contract/environment.ts';
import { ClusterId, EnvironmentName, StoreUrl, Word } from './fields.ts';

/** What the guard of an archive knows of it, and whom it tells. */
export const JudgeChangeConfig = z
  .object({
    [DeployedEnv.ENVIRONMENT]: EnvironmentName,
    [Env.CLUSTER]: ClusterId,
    [Env.STORE]: StoreUrl,
    [Env.KMS_KEY]: Word,
    [Env.ENVELOPE_KEY]: Word.optional(),
    [DeployedEnv.PAGE_TOPIC]: Word,
    [DeployedEnv.TICKET_TOPIC]: Word,
    [DeployedEnv.RUNBOOK_URL]: Word,
    [DeployedEnv.DEPLOYMENT_ROLE]: Word,
    [DeployedEnv.PROOF_ROLE]: Word,
  })
  .transform((env) => ({
    environment: env[DeployedEnv.ENVIRONMENT],
    cluster: env[Env.CLUSTER],
    storeUrl: env[Env.STORE],
    kmsKey: env[Env.KMS_KEY],
    envelopeKey: env[Env.ENVELOPE_KEY],
    topics: { page: env[DeployedEnv.PAGE_TOPIC], ticket: env[DeployedEnv.TICKET_TOPIC] },
    runbookUrl: env[DeployedEnv.RUNBOOK_URL],
    roles: { deployment: env[DeployedEnv.DEPLOYMENT_ROLE], proof: env[DeployedEnv.PROOF_ROLE] },
  }));
export type JudgeChangeConfig = z.output<typeof JudgeChangeConfig>;
