import { OpsError } from '../lib/core/errors/ops-error.ts';
import { logFailure, type TaskProcess } from './shared/run-task.ts';

/** Runs one kind of task; gives the exit status. */
type RunRole = (io: TaskProcess) => Promise<number>;

/** What the image can be started as. Each is loaded when it is named. */
const ROLES: ReadonlyMap<string, () => Promise<RunRole>> = new Map([
  ['base-backup', async () => (await import('./base-backup/task.ts')).runBaseBackupTask],
  ['hash-audit', async () => (await import('./hash-audit/task.ts')).runHashAuditTask],
  ['pooler-metrics', async () => (await import('./pooler-metrics/task.ts')).runPoolerMetricsTask],
  ['host-volume', async () => (await import('./host/volume.ts')).runHostVolume],
  ['host-prepare', async () => (await import('./host/prepare.ts')).runHostPrepare],
  ['host-huge-pages', async () => (await import('./host/huge-pages.ts')).runHostHugePages],
  ['host-certificate', async () => (await import('./host/certificate.ts')).runHostCertificate],
  ['host-plan', async () => (await import('./host/plan.ts')).runHostPlan],
  ['host-settle', async () => (await import('./host/settle.ts')).runHostSettle],
]);

/** Runs the task `name`; gives the exit status: 25 with `CONFIG-INVALID` when there is no such task. */
export async function runRole(name: string, io: TaskProcess): Promise<number> {
  const load = ROLES.get(name);
  if (load !== undefined) return (await load())(io);
  const unknown = new OpsError('CONFIG-INVALID', `there is no task ${JSON.stringify(name)}`, {
    hint: `name it as the first argument: ${[...ROLES.keys()].join(', ')}`,
  });
  return logFailure(name, unknown, io.log);
}
