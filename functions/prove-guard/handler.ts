import { z } from 'zod';
import { kmsGuardProof } from '../../lib/core/adapters/aws/kms-guard-proof.ts';
import { ProveGuardConfig } from '../../lib/core/config/prove-guard-config.ts';
import { proveGuard } from '../../lib/core/guard/prove-guard.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Makes the harmless change by which the guard shows that it hears. */
export const handler = opsHandler({
  event: z.object({ scheduledTime: z.iso.datetime() }),
  config: ProveGuardConfig,
  run: async (event, { config, log, signal }) =>
    proveGuard(event, { ...config, proof: kmsGuardProof(), log, signal }),
});
