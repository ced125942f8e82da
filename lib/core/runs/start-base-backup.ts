import { z } from 'zod';
import { RunKind } from '../contract/deployed-names.ts';
import { BACKUP_LEASE } from '../contract/key-layout.ts';
import type { MetricReader } from '../ports/metric-reader.ts';
import { leaseHolder } from '../store/lease.ts';
import type { Lineage } from '../store/lineage.ts';
import { assertCanStart, FRESH_MINUTES, START_METRICS, type StartFacts } from './start-checks.ts';
import { type OccurrenceContext, startOccurrence, type StartResult } from './start-occurrence.ts';

/**
 * What EventBridge Scheduler sends, its context attribute filled in.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export const ScheduledBackup = z.object({
  scheduledTime: z.iso.datetime().transform((text) => new Date(text)),
  kind: z.literal(RunKind.BASE_BACKUP),
});
export type ScheduledBackup = z.output<typeof ScheduledBackup>;

/** What {@link startBaseBackup} works with. */
export interface StarterContext extends OccurrenceContext {
  readonly metrics: MetricReader;
  /** Archive lag in seconds past which no backup starts. */
  readonly archiveLagLimitSec: number;
}

/**
 * Starts the base backup of a scheduled time, once.
 *
 * @throws {@link OpsError} as {@link startOccurrence}; `BACKUP-BUSY` also while another base backup runs;
 *   `BACKUP-ARCHIVING`, `BACKUP-ROOM`.
 */
export async function startBaseBackup(
  event: ScheduledBackup,
  context: StarterContext,
): Promise<StartResult> {
  return startOccurrence(event, context, async (lineage) =>
    assertCanStart(await readFacts(context, lineage), context.archiveLagLimitSec),
  );
}

async function readFacts(
  { store, runner, metrics, clock, signal }: StarterContext,
  { keys }: Lineage,
): Promise<StartFacts> {
  const [holder, tasks, newest] = await Promise.all([
    leaseHolder(store, keys.lease(BACKUP_LEASE), clock.now(), { signal }),
    runner.tasks({ signal }),
    metrics.newest(START_METRICS, FRESH_MINUTES, { signal }),
  ]);
  const runningTask = tasks.find(({ isStopped }) => !isStopped)?.taskArn;
  return { leaseHolder: holder, runningTask, metrics: newest };
}
