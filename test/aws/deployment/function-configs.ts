import type { z } from 'zod';
import { EstateConfig } from '../../../lib/core/config/estate-config.ts';
import { FollowHostConfig } from '../../../lib/core/config/follow-host-config.ts';
import { NotifyConfig } from '../../../lib/core/config/notify-config.ts';
import { RotateSecretConfig } from '../../../lib/core/config/rotate-secret-config.ts';
import { StarterConfig } from '../../../lib/core/config/starter-config.ts';

/** What each function reads, by its folder. */
export const FUNCTION_CONFIGS: Readonly<Record<string, z.ZodPipe<z.ZodObject>>> = {
  'follow-host': FollowHostConfig,
  'judge-task': StarterConfig,
  notify: NotifyConfig,
  'probe-estate': EstateConfig,
  'rotate-secret': RotateSecretConfig,
  'start-base-backup': StarterConfig,
};
