import { cloudWatchMetricReader } from '../../lib/core/adapters/aws/cloudwatch-metric-reader.ts';
import { StarterConfig } from '../../lib/core/config/starter-config.ts';
import { ScheduledBackup, startBaseBackup } from '../../lib/core/runs/start-base-backup.ts';
import { opsHandler } from '../shared/ops-handler.ts';
import { runContext } from '../shared/run-context.ts';

/** Starts the base backup's task at its scheduled time. */
export const handler = opsHandler({
  event: ScheduledBackup,
  config: StarterConfig,
  run: async (event, context) => {
    const { config, clock } = context;
    const metrics = cloudWatchMetricReader({ ...config, clock });
    return startBaseBackup(event, { ...config, ...(await runContext(context)), metrics });
  },
});
