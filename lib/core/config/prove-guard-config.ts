import { z } from 'zod';
import { Env } from '../contract/environment.ts';
import { ClusterId, Word } from './fields.ts';

/** Whose guard is proven, by which key. */
export const ProveGuardConfig = z
  .object({ [Env.CLUSTER]: ClusterId, [Env.KMS_KEY]: Word })
  .transform((env) => ({ cluster: env[Env.CLUSTER], kmsKey: env[Env.KMS_KEY] }));
export type ProveGuardConfig = z.output<typeof ProveGuardConfig>;
