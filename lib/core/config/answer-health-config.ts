import type { z } from 'zod';
import { DeployedEnv } from '../contract/environment.ts';
import { Word } from './fields.ts';
import { ProbeEnvironment, probeSettings } from './probe-database-config.ts';

/** What whoever answers outside monitors goes by: what the probe does, and the secret of their token. */
export const AnswerHealthConfig = ProbeEnvironment.extend({
  [DeployedEnv.TOKEN_SECRET]: Word,
}).transform((env) => ({ ...probeSettings(env), tokenSecret: env[DeployedEnv.TOKEN_SECRET] }));
export type AnswerHealthConfig = z.output<typeof AnswerHealthConfig>;
