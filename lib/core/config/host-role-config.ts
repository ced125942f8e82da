import { z } from 'zod';
import { HostEnv } from '../contract/environment.ts';
import { Word } from './fields.ts';

/** What the image’s roles on a host are told by environment variables. */
export const HostRoleConfig = z
  .object({
    [HostEnv.CONFIG]: Word,
    [HostEnv.WORD]: z.enum(['none', 'first-boot', 'recover']).default('none'),
  })
  .transform((env) => ({ configFile: env[HostEnv.CONFIG], word: env[HostEnv.WORD] }));
export type HostRoleConfig = z.output<typeof HostRoleConfig>;
