import { z } from 'zod';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { ApplyRetentionConfig } from '../../lib/core/config/apply-retention-config.ts';
import { retainCluster } from '../../lib/core/retention/retain-cluster.ts';
import { functionStore } from '../shared/function-store.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Plans what of a cluster's archive stays, and lets go what two plans agree on. */
export const handler = opsHandler({
  event: z.object({ scheduledTime: z.iso.datetime() }),
  config: ApplyRetentionConfig,
  run: async (_event, { config, ...given }) => {
    const store = await functionStore(config);
    return retainCluster({ ...given, ...config, store, telemetry: emfTelemetry(config) });
  },
});
