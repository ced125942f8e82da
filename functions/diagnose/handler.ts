import { z } from 'zod';
import { pastReports } from '../../lib/core/adapters/aws/cloudwatch-past-reports.ts';
import { DiagnoseConfig } from '../../lib/core/config/diagnose-config.ts';
import { makeDiagnosis } from '../../lib/core/diagnosis/make-diagnosis.ts';
import { Instant } from '../../lib/core/store/records.ts';
import { functionStore } from '../shared/function-store.ts';
import { monitorSessions } from '../shared/monitor-sessions.ts';
import { opsHandler } from '../shared/ops-handler.ts';

/** Says what stands behind a page, of which only the alarm's name and time are known. */
export const handler = opsHandler({
  event: z.object({ alarm: z.string().min(1), at: Instant, isProof: z.boolean().optional() }),
  config: DiagnoseConfig,
  run: async (request, { config, clock, log, signal }) =>
    makeDiagnosis(request, {
      cluster: config.cluster,
      storeUrl: config.storeUrl,
      openStore: async () => functionStore(config),
      openSessions: async (during) => monitorSessions(config, { signal: during }),
      past: pastReports(config.probeLogGroup),
      clock,
      log,
      signal,
    }),
});
