import { ecsTaskRunner } from '../../lib/core/adapters/aws/ecs-task-runner.ts';
import type { TaskRunConfig } from '../../lib/core/config/starter-config.ts';
import type { RunContext } from '../../lib/core/runs/start-attempt.ts';
import { functionStore } from './function-store.ts';
import type { FunctionContext } from './ops-handler.ts';

/** What the starter and the judge have in common. */
export async function runContext({
  config,
  ...given
}: FunctionContext<TaskRunConfig>): Promise<RunContext> {
  const { environment, cluster } = config;
  const store = await functionStore(config);
  return { ...given, environment, cluster, store, runner: ecsTaskRunner(config) };
}
