import { TaskRunConfig } from '../../lib/core/config/starter-config.ts';
import { ScheduledHashAudit, startHashAudit } from '../../lib/core/runs/start-hash-audit.ts';
import { opsHandler } from '../shared/ops-handler.ts';
import { runContext } from '../shared/run-context.ts';

/** Starts the task that reads an archive's bytes, at its scheduled time. */
export const handler = opsHandler({
  event: ScheduledHashAudit,
  config: TaskRunConfig,
  run: async (event, context) =>
    startHashAudit(event, { ...context.config, ...(await runContext(context)) }),
});
