import { join } from 'node:path';
import { settingsFacts } from '../../lib/core/adapters/host/machine-facts.ts';
import { readIfThere } from '../../lib/core/adapters/host/secret-files.ts';
import { checkConfiguration } from '../../lib/core/adapters/postgres/check-configuration.ts';
import { findPrograms } from '../../lib/core/adapters/postgres/find-programs.ts';
import { readRunningSettings } from '../../lib/core/adapters/postgres/running-settings.ts';
import { runTool } from '../../lib/core/adapters/postgres/run-tool.ts';
import type { HostConfig } from '../../lib/core/config/host-config.ts';
import { HostPlanConfig } from '../../lib/core/config/host-plan-config.ts';
import { loadConfig } from '../../lib/core/config/load-config.ts';
import { POSTGRES_PORT } from '../../lib/core/contract/deployed-names.ts';
import { POSTGRES_DIRECTORY, SOCKETS, VOLUME } from '../../lib/core/contract/host-paths.ts';
import { Pooler, PoolerFile } from '../../lib/core/contract/pooler.ts';
import { type OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import { agentChanges } from '../../lib/core/host/apply/agent-changes.ts';
import type { ApplyFacts, RenderedFile } from '../../lib/core/host/apply/apply-facts.ts';
import {
  type ApplyPlan,
  assertTimely,
  describeApply,
} from '../../lib/core/host/apply/apply-plan.ts';
import { compareSettings } from '../../lib/core/host/apply/compare-settings.ts';
import { parseConf } from '../../lib/core/host/apply/parse-conf.ts';
import { planLines } from '../../lib/core/host/apply/plan-lines.ts';
import { planHostFiles } from '../../lib/core/host/files/plan-host-files.ts';
import { poolerConfig } from '../../lib/core/host/pooler/pooler-config.ts';
import { poolerRules } from '../../lib/core/host/pooler/pooler-rules.ts';
import { logFailure, type TaskProcess } from '../shared/run-task.ts';
import { type Print, runStep, type StepContext } from './run-step.ts';

const NAME = 'host-plan';
const CONF = 'postgresql.conf';
/** The superuser, as a local peer. */
const SERVER = { host: SOCKETS, port: POSTGRES_PORT, user: 'postgres', database: 'postgres' };

/**
 * Runs the role `host-plan`: says what the host needs to be as the new configuration wants it. Its first
 * line is the plan as JSON, the others say the same to people. Gives the exit status: that of
 * `HOST-WINDOW` when the plan is to be carried out and may not be now.
 */
export async function runHostPlan(io: TaskProcess, print?: Print): Promise<number> {
  let refusal: OpsError | undefined;
  const status = await runStep(
    NAME,
    async (context) => {
      const request = loadConfig(HostPlanConfig, io.env);
      const facts = await gatherFacts(context, request);
      const plan = describeApply(facts, context.config.window, context.clock.now());
      refusal = refusalOf(plan, request);
      return [JSON.stringify(plan), ...planLines(plan)].join('\n');
    },
    io,
    print,
  );
  // Told after the plan: why it may not be carried out is in it.
  return refusal === undefined ? status : logFailure(NAME, refusal, io.log);
}

async function gatherFacts(
  { config, signal }: StepContext,
  request: HostPlanConfig,
): Promise<ApplyFacts> {
  const { files } = planHostFiles(config, await settingsFacts(config, VOLUME));
  const { binDirectory } = await findPrograms();
  await checkConfiguration(files[CONF], binDirectory, { signal });
  const version = await runTool(join(binDirectory, 'postgres'), ['--version'], { signal });
  const { runningConfigFile } = request;
  const runningConfig =
    runningConfigFile === undefined ? undefined : await readIfThere(runningConfigFile);
  return {
    bundle: request.bundle,
    image: {
      reference: config.image,
      id: request.wantedImageId,
      version: /\d+(?:\.\d+)?/.exec(version)?.[0] ?? '',
      major: config.major,
    },
    server: await runningServer(request.postgresImageId, files[CONF], signal),
    agentImageId: request.agentImageId,
    poolerImageId: request.poolerImageId,
    accessFiles: await rendered(POSTGRES_DIRECTORY, {
      'pg_hba.conf': files['pg_hba.conf'],
      'pg_ident.conf': files['pg_ident.conf'],
    }),
    pooler: { enabled: config.pooler.enabled, files: await poolerFiles(config) },
    agentChanges: agentChanges(runningConfig, config),
  };
}

/**
 * `undefined` when none runs. One that runs and does not answer may be starting, or full: it is no
 * reason to restart it.
 */
async function runningServer(
  imageId: string | undefined,
  conf: string,
  signal: AbortSignal,
): Promise<ApplyFacts['server']> {
  if (imageId === undefined) return undefined;
  const running = await readRunningSettings(SERVER, { signal });
  const differences = compareSettings(running, parseConf(conf));
  return { imageId, version: running.version, differences };
}

/** Of the pooler only what holds no secret: its passwords are none of the deployment's. */
async function poolerFiles({
  pooler,
  clientCidrs,
}: Pick<HostConfig, 'pooler' | 'clientCidrs'>): Promise<readonly RenderedFile[]> {
  if (!pooler.enabled) return [];
  return rendered(Pooler.DIRECTORY, {
    [PoolerFile.CONFIG]: poolerConfig(pooler),
    [PoolerFile.RULES]: poolerRules(clientCidrs),
  });
}

async function rendered(
  directory: string,
  wanted: Readonly<Record<string, string>>,
): Promise<readonly RenderedFile[]> {
  return Promise.all(
    Object.entries(wanted).map(async ([name, text]) => ({
      name,
      running: await readIfThere(join(directory, name)),
      wanted: text,
    })),
  );
}

function refusalOf(plan: ApplyPlan, { mode }: HostPlanConfig): OpsError | undefined {
  try {
    assertTimely(plan, mode);
    return undefined;
  } catch (error) {
    return toOpsError(error);
  }
}
