import { emfTelemetry } from '../../lib/core/adapters/telemetry/emf-telemetry.ts';
import { TaskRunConfig } from '../../lib/core/config/starter-config.ts';
import { settleTask } from '../../lib/core/runs/settle-task.ts';
import { TaskStoppedEvent } from '../../lib/core/runs/stopped-task.ts';
import { opsHandler } from '../shared/ops-handler.ts';
import { runContext } from '../shared/run-context.ts';

/** Judges a task that stopped, and starts its only retry. */
export const handler = opsHandler({
  event: TaskStoppedEvent,
  config: TaskRunConfig,
  run: async (task, context) => {
    const { config } = context;
    const telemetry = emfTelemetry(config);
    return settleTask(task, { ...config, ...(await runContext(context)), telemetry });
  },
});
