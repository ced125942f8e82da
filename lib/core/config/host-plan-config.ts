import { z } from 'zod';
import { ApplyEnv } from '../contract/apply-environment.ts';
import { Word } from './fields.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What the role `host-plan` is told besides the new configuration. */
export const HostPlanConfig = z
  .object({
    [ApplyEnv.MODE]: z.enum(['plan', 'execute', 'now']).default('plan'),
    [ApplyEnv.RUNNING_CONFIG]: Word.optional(),
    [ApplyEnv.WANTED_IMAGE]: Word,
    [ApplyEnv.POSTGRES_IMAGE]: Word.optional(),
    [ApplyEnv.AGENT_IMAGE]: Word.optional(),
    [ApplyEnv.POOLER_IMAGE]: Word.optional(),
    [ApplyEnv.RUNNING_BUNDLE]: Sha256,
    [ApplyEnv.WANTED_BUNDLE]: Sha256,
  })
  .transform((env) => ({
    mode: env[ApplyEnv.MODE],
    runningConfigFile: env[ApplyEnv.RUNNING_CONFIG],
    wantedImageId: env[ApplyEnv.WANTED_IMAGE],
    postgresImageId: env[ApplyEnv.POSTGRES_IMAGE],
    agentImageId: env[ApplyEnv.AGENT_IMAGE],
    poolerImageId: env[ApplyEnv.POOLER_IMAGE],
    bundle: { running: env[ApplyEnv.RUNNING_BUNDLE], wanted: env[ApplyEnv.WANTED_BUNDLE] },
  }));
export type HostPlanConfig = z.output<typeof HostPlanConfig>;
