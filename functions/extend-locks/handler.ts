import { z } from 'zod';
import { openObjectLocks } from '../../lib/core/adapters/store/open-object-locks.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { ExtendLocksConfig } from '../../lib/core/config/apply-retention-config.ts';
import { lockCluster } from '../../lib/core/retention/extend-locks/lock-cluster.ts';
import { functionStore } from '../shared/function-store.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Lengthens the locks of what is kept past the recovery window. */
export const handler = opsHandler({
  event: z.object({ scheduledTime: z.iso.datetime() }),
  config: ExtendLocksConfig,
  run: async (_event, { config, ...given }) => {
    const store = await functionStore(config);
    const locks = openObjectLocks(config.storeUrl);
    return lockCluster({ ...given, ...config, store, locks, telemetry: emfTelemetry(config) });
  },
});
