import { z } from 'zod';
import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { auditCluster } from '../../lib/core/audit/archive-audit/audit-cluster.ts';
import { AuditArchiveConfig } from '../../lib/core/config/audit-config.ts';
import { functionStore } from '../shared/function-store.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Audits a cluster's archive from the store's side. */
export const handler = opsHandler({
  event: z.object({
    scheduledTime: z.iso.datetime().transform((text) => new Date(text)),
  }),
  config: AuditArchiveConfig,
  run: async ({ scheduledTime }, { config, ...given }) => {
    const store = await functionStore(config);
    const { id, stage } = await auditCluster(scheduledTime, {
      ...given,
      ...config,
      store,
      telemetry: emfTelemetry(config),
    });
    return { id, stage };
  },
});
