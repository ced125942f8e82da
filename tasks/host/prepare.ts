import { join } from 'node:path';
import { settingsFacts } from '../../lib/core/adapters/host/machine-facts.ts';
import { writeSecretFiles } from '../../lib/core/adapters/host/secret-files.ts';
import {
  dataDirectoryState,
  makeWhole,
  readMarker,
  writeMarker,
} from '../../lib/core/adapters/host/volume-files.ts';
import { checkConfiguration } from '../../lib/core/adapters/postgres/check-configuration.ts';
import { findPrograms } from '../../lib/core/adapters/postgres/find-programs.ts';
import { initializeCluster } from '../../lib/core/adapters/postgres/initialize-cluster.ts';
import { Event } from '../../lib/core/contract/events.ts';
import {
  DATA_DIRECTORY_NAME,
  POSTGRES_DIRECTORY,
  VOLUME,
} from '../../lib/core/contract/host-paths.ts';
import { Pooler } from '../../lib/core/contract/pooler.ts';
import { poolerFiles } from '../../lib/core/host/pooler/pooler-files.ts';
import { planHostFiles } from '../../lib/core/host/files/plan-host-files.ts';
import { planStart, type StartPlan } from '../../lib/core/host/volume/plan-start.ts';
import type { TaskProcess } from '../shared/run-task.ts';
import { keepCertificates } from './certificate.ts';
import { poolerSecrets } from './pooler-secrets.ts';
import { runStep, type Step, type StepContext } from './run-step.ts';
import { assertNewCluster } from './volume.ts';

const DATA_DIRECTORY = join(VOLUME, 'cluster', DATA_DIRECTORY_NAME);

/** Everything that a cluster needs before its server starts; says whether it can, or must be recovered. */
const prepareHost: Step = async (context) => {
  const plan = await prepareData(context);
  await writeFiles(context);
  await keepCertificates(context);
  context.log.info(Event.HOST_PREPARED, { cluster: context.config.cluster, next: plan.next });
  return plan.next === 'recover' ? 'recover' : 'start';
};

/** The data directory, as the volume's marker says. */
async function prepareData(context: StepContext): Promise<StartPlan> {
  const { config, word, signal } = context;
  const { major } = await findPrograms();
  const look = async (): Promise<StartPlan> =>
    planStart({
      config,
      major,
      word,
      marker: await readMarker(VOLUME),
      data: await dataDirectoryState(DATA_DIRECTORY, { signal }),
    });
  let plan = await look();
  if (plan.next === 'initdb') {
    // The volume may have been begun long ago: that the archive is empty has to be true now.
    await assertNewCluster(context);
    await makeWhole(DATA_DIRECTORY, async (place) => initializeCluster(place, major, { signal }));
    plan = await look();
  }
  if (plan.marker !== undefined) await writeMarker(VOLUME, plan.marker);
  return plan;
}

/** What PostgreSQL and the pooler are configured with. */
async function writeFiles({ config, log, signal }: StepContext): Promise<void> {
  // Of what runs: a deployment may name another version before the cluster has been upgraded.
  const { major, binDirectory } = await findPrograms();
  const facts = await settingsFacts({ ...config, major }, VOLUME);
  const { files, findings } = planHostFiles(config, facts);
  await checkConfiguration(files['postgresql.conf'], binDirectory, { signal });
  for (const finding of findings) log.warn(Event.HOST_FINDING, { finding });
  await writeSecretFiles(POSTGRES_DIRECTORY, files);
  if (!config.pooler.enabled) return;
  await writeSecretFiles(Pooler.DIRECTORY, poolerFiles(config, await poolerSecrets()));
}

/** Runs the role `host-prepare`; gives the exit status. */
export async function runHostPrepare(io: TaskProcess): Promise<number> {
  return runStep('host-prepare', prepareHost, io);
}
