import { z } from 'zod';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { ProbeEstateConfig } from '../../lib/core/config/estate-config.ts';
import { estateSources } from '../../lib/core/health/estate/estate-sources.ts';
import { probeEstate } from '../../lib/core/health/probe-estate.ts';
import { estateSites } from '../shared/estate-sites.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Looks at a cluster from outside its database: its backups, bucket, key, metrics and secrets. */
export const handler = opsHandler({
  event: z.object({
    scheduledTime: z.iso.datetime().transform((text) => new Date(text)),
  }),
  config: ProbeEstateConfig,
  run: async ({ scheduledTime }, given) => {
    const sources = estateSources(await estateSites(given));
    const telemetry = emfTelemetry(given.config);
    const { standing } = await probeEstate(scheduledTime, { ...given, sources, telemetry });
    return { standing };
  },
});
