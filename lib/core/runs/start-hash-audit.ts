import { z } from 'zod';
import { RunKind } from '../contract/deployed-names.ts';
import { OpsError } from '../errors/ops-error.ts';
import { type OccurrenceContext, startOccurrence, type StartResult } from './start-occurrence.ts';

/** What EventBridge Scheduler sends, its context attribute filled in. */
export const ScheduledHashAudit = z.object({
  scheduledTime: z.iso.datetime().transform((text) => new Date(text)),
  kind: z.literal(RunKind.HASH_AUDIT),
});
export type ScheduledHashAudit = z.output<typeof ScheduledHashAudit>;

/**
 * Starts the audit of hashes of a scheduled time, once.
 *
 * @throws {@link OpsError} as {@link startOccurrence}; `BACKUP-BUSY` also while another audit of hashes runs.
 */
export async function startHashAudit(
  event: ScheduledHashAudit,
  context: OccurrenceContext,
): Promise<StartResult> {
  return startOccurrence(event, context, async () => {
    const tasks = await context.runner.tasks({ signal: context.signal });
    const running = tasks.find(({ isStopped }) => !isStopped)?.taskArn;
    if (running === undefined) return;
    throw new OpsError('BACKUP-BUSY', `another audit of hashes is at work: ${running}`, {
      hint: 'nothing to do: it keeps how far it came, and the next one goes on',
    });
  });
}
