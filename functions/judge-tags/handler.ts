import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { EstateConfig } from '../../lib/core/config/estate-config.ts';
import { QueueBatch } from '../../lib/core/guard/tags/bucket-event.ts';
import { judgeTags } from '../../lib/core/guard/tags/judge-tags.ts';
import { functionStore } from '../shared/function-store.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Compares what was tagged in the archive with what retention has let go. */
export const handler = opsHandler({
  event: QueueBatch,
  config: EstateConfig,
  run: async (batch, { config, log, signal }) =>
    judgeTags(batch, {
      cluster: config.cluster,
      store: await functionStore(config),
      telemetry: emfTelemetry(config),
      log,
      signal,
    }),
});
