import { OpsError } from '../errors/ops-error.ts';

/** So many runs in a row that a server did not let in are an outage, which somebody knows of by then. */
const FAILED_RUNS = 5;
/** Of an outage, the minutes whose runs try again: a server that comes up is not to be met by a crowd. */
const TRY_EVERY_MINUTES = 5;

/**
 * Whether a run may try to connect after so many runs in a row that could not.
 *
 * @param minute - of the run's scheduled time, counted from any start.
 * @returns why it may not: `HEALTH-RESTING`.
 */
export function restingBecause(failedRuns: number, minute: number): OpsError | undefined {
  if (failedRuns < FAILED_RUNS || minute % TRY_EVERY_MINUTES === 0) return undefined;
  return new OpsError(
    'HEALTH-RESTING',
    `not tried: ${failedRuns} runs in a row could not reach the server; every ${TRY_EVERY_MINUTES} minutes one tries`,
    {
      hint: 'see why the runs before could not: health.probed in the log, and DatabaseUnreachable in the runbook',
    },
  );
}
