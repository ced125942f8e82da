import { availableParallelism } from 'node:os';
import { openClusterServer } from '../../lib/core/adapters/postgres/cluster-server.ts';
import { streamedBaseBackups } from '../../lib/core/adapters/postgres/streamed-base-backup.ts';
import { localRecoverySite } from '../../lib/core/adapters/restore/local-recovery-site.ts';
import { systemClock } from '../../lib/core/adapters/system/clock.ts';
import { startDigestThread } from '../../lib/core/adapters/system/digest-thread.ts';
import { takeBaseBackup } from '../../lib/core/backup/take-base-backup.ts';
import type { RecoveryResult } from '../../lib/core/restore/recovery-context.ts';
import { planFromStore } from '../../lib/core/restore/plan-from-store.ts';
import type { RecoveryPlan } from '../../lib/core/restore/plan/recovery-plan.ts';
import { parseTarget } from '../../lib/core/restore/plan/target.ts';
import { recover } from '../../lib/core/restore/run-recovery.ts';
import type { BackupRecord } from '../../lib/core/store/records.ts';
import { recordingLog } from '../support/recording-log.ts';
import type { ModelServer } from './model-server.ts';
import { type Question, targetText } from './question.ts';
import type { World } from './world.ts';

const PART_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Everything the model asks of the engine that it tests, as the command line does. */
export async function planAnswer(
  { store, lineage }: World,
  { target, choices }: Question,
): Promise<RecoveryPlan> {
  const text = targetText(target);
  return planFromStore({ store, lineage }, parseTarget(text), choices, { clock: systemClock });
}

/** Recovers by a plan into `dataDirectory`. */
export async function recoverByPlan(
  { store, lineage, instance }: World,
  plan: RecoveryPlan,
  dataDirectory: string,
): Promise<RecoveryResult> {
  await using digests = startDigestThread();
  return await recover(
    plan,
    { dataDirectory, parallel: availableParallelism() },
    {
      store,
      lineage,
      postgres: instance,
      site: localRecoverySite(),
      digests,
      clock: systemClock,
      log: recordingLog(),
    },
  );
}

/** Takes a base backup of `server`. */
export async function backUp(
  { store, lineage }: World,
  { attached }: ModelServer,
): Promise<BackupRecord> {
  await using server = openClusterServer(attached.connection);
  await using digests = startDigestThread();
  return await takeBaseBackup(
    {
      holder: 'model',
      checkpoint: 'fast',
      timeoutMs: TIMEOUT_MS,
      partBytes: PART_BYTES,
      parallel: availableParallelism(),
    },
    {
      store,
      lineage,
      server,
      source: streamedBaseBackups(attached.connection),
      digests,
      clock: systemClock,
      log: recordingLog(),
    },
  );
}
