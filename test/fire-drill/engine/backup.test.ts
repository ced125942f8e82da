import { Metric, type MetricName } from '../../../lib/core/contract/metrics.ts';
import { settleTask } from '../../../lib/core/runs/settle-task.ts';
import { ScheduledBackup, startBaseBackup } from '../../../lib/core/runs/start-base-backup.ts';
import { ScheduledHashAudit, startHashAudit } from '../../../lib/core/runs/start-hash-audit.ts';
import type { StoppedTask } from '../../../lib/core/runs/stopped-task.ts';
import { startHeartbeat } from '../../../tasks/shared/heartbeat.ts';
import {
  after,
  OCCURRENCE,
  runStage,
  type RunStage,
  stoppedTask,
  taskArnOf,
} from '../../core/runs/run-stage.ts';
import { putBackup } from '../../support/backup-fixture.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { recordingTelemetry } from '../../support/recording-telemetry.ts';
import { putSegment, segment } from '../../support/wal-fixture.ts';
import { drillBook } from '../drill-book.ts';
import type { Emission } from '../run-drill.ts';
import { every, once, silence } from './emissions.ts';

const drill = drillBook(import.meta.filename);
const DUE = '2026-12-01T01:00:00Z';
const HOUR_MS = 3_600_000;

/** Schedules a base backup, lets its task end, and gives what is sent of that. */
async function ended(
  task: Partial<StoppedTask>,
  store: (stage: RunStage) => Promise<void> = async () => undefined,
): Promise<Emission> {
  const stage = await runStage();
  const event = ScheduledBackup.parse({ scheduledTime: DUE, kind: 'base-backup' });
  await startBaseBackup(event, stage.context('starter'));
  await store(stage);
  stage.ecs.stopAll();
  stage.clock.advance(31 * 60_000);
  await settleTask(stoppedTask(1, { taskArn: taskArnOf(1), ...task }), stage.context('judge'));
  return sentBy(stage);
}

function sentBy({ sent }: RunStage): Emission {
  return Object.fromEntries<number>(sent satisfies [MetricName, number][]);
}

/** Stores backups with files of so many bytes, a day apart; the last is the task's. */
function backups(...sizes: readonly number[]): (stage: RunStage) => Promise<void> {
  return async ({ store, lineage }) => {
    for (const [index, fileBytes] of sizes.entries()) {
      const start = 2 + 2 * index;
      await putSegment(store, lineage, segment(start));
      const finishedAt = after(20 - (sizes.length - 1 - index) * 1_440);
      await putBackup(store, lineage, { start, finishedAt, fileBytes });
    }
  };
}

/** Backups come twice a day. */
const HALF_DAY = 720;

drill('BackupFailed', 'page', async () => {
  const well = every(HALF_DAY, await ended({}, backups(9_000)));
  return { well, ill: once(await ended({ exitCode: 98 })), mended: silence };
});

drill('BackupTooSmall', 'ticket', async () => ({
  well: every(HALF_DAY, await ended({}, backups(9_000, 9_000))),
  ill: once(await ended({}, backups(9_000, 900))),
  mended: silence,
}));

drill('TaskNotStarted', 'ticket', async () => {
  const lost = { exitCode: undefined, startedAt: undefined, stopCode: 'TaskFailedToStart' };
  const well = every(HALF_DAY, await ended({}, backups(9_000)));
  return { well, ill: once(await ended(lost)), mended: silence };
});

drill('HashAuditFailed', 'ticket', async () => {
  const stage = await runStage();
  const event = ScheduledHashAudit.parse({ scheduledTime: DUE, kind: 'hash-audit' });
  await startHashAudit(event, stage.context('starter'));
  stage.ecs.stopAll();
  stage.clock.advance(31 * 60_000);
  const startedBy = `holdfast/hash-audit/${OCCURRENCE}/1`;
  const task = stoppedTask(1, { taskArn: taskArnOf(1), startedBy, exitCode: 98 });
  await settleTask(task, stage.context('judge'));
  return { well: silence, ill: once(sentBy(stage)), mended: silence };
});

/** What the heartbeat of a task sends that has been running for so many hours. */
async function beating(hours: number): Promise<Emission> {
  const clock = fakeClock();
  const telemetry = recordingTelemetry();
  await using _heartbeat = startHeartbeat({
    task: 'base-backup',
    elapsedMetric: Metric.BACKUP_ELAPSED_SEC,
    clock,
    log: recordingLog(),
    telemetry,
  });
  await clock.advance(hours * HOUR_MS);
  return telemetry.flushed.at(-1) ?? {};
}

drill('BackupTooLong', 'ticket', async () => {
  const short = await beating(0.5);
  const long = await beating(5.5);
  return { well: () => short, ill: () => long, mended: silence };
});
