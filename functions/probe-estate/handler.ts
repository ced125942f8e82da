import { z } from 'zod';
import { kmsKeyState } from '../../lib/core/adapters/aws/kms-key-state.ts';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { EstateConfig } from '../../lib/core/config/estate-config.ts';
import { probeEstate } from '../../lib/core/health/probe-estate.ts';
import { functionStore } from '../shared/function-store.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Looks at a cluster's backups and key from outside its database. */
export const handler = opsHandler({
  event: z.object({ scheduledTime: z.iso.datetime() }),
  config: EstateConfig,
  run: async (_event, { config, ...given }) => {
    const { cluster, kmsKey } = config;
    const store = await functionStore(config);
    const telemetry = emfTelemetry(config);
    return probeEstate({ ...given, cluster, store, kmsKey, keys: kmsKeyState(), telemetry });
  },
});
