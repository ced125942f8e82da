import { openObjectStore } from '../../lib/core/adapters/store/open-object-store.ts';
import type { HostConfig } from '../../lib/core/config/host-config.ts';
import { Event } from '../../lib/core/contract/events.ts';
import { failureFields } from '../../lib/core/errors/failure-fields.ts';
import { OpsError, toOpsError } from '../../lib/core/errors/ops-error.ts';
import { askArchive } from '../../lib/core/host/volume/ask-archive.ts';
import { judgeBlankVolume } from '../../lib/core/host/volume/judge-blank-volume.ts';
import { markerText, type VolumeMarker } from '../../lib/core/host/volume/volume-marker.ts';
import type { TaskProcess } from '../shared/run-task.ts';
import { runStep, type Step, type StepContext } from './run-step.ts';

/** Requests to a store before it counts as one that cannot be asked: somebody waits. */
const ATTEMPTS = 4;

/** Says what a volume without a marker is to be: the text of its marker. */
const judgeVolume: Step = async (context) => markerText(await judge(context));

async function judge({ config, word, log, signal }: StepContext): Promise<VolumeMarker> {
  const store = await openObjectStore(config.store, {
    kmsKey: kmsKeyOf(config),
    attempts: ATTEMPTS,
  });
  const archive = await askArchive(store, config.cluster, { signal }).catch((error: unknown) => {
    log.warn(Event.HOST_ARCHIVE_UNKNOWN, failureFields(toOpsError(error)));
    return 'unknown' as const;
  });
  return judgeBlankVolume({ config, archive, word });
}

/** Throws unless a new cluster may be made now. */
export async function assertNewCluster(context: StepContext): Promise<void> {
  const { begun } = await judge(context);
  if (begun === 'initdb') return;
  const { store, cluster } = context.config;
  throw new OpsError('HOST-LOST-DATA', `${store} has an archive of ${cluster} by now`, {
    hint: 'the volume was begun for a new cluster: attach a blank one to recover what the archive has',
  });
}

/** A folder encrypts nothing. */
export function kmsKeyOf({
  store,
  kmsKey,
}: Pick<HostConfig, 'store' | 'kmsKey'>): string | undefined {
  return store.startsWith('s3:') ? kmsKey : undefined;
}

/** Runs the role `host-volume`; gives the exit status. */
export async function runHostVolume(io: TaskProcess): Promise<number> {
  return runStep('host-volume', judgeVolume, io);
}
