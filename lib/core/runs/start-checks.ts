import { Metric, type MetricName } from '../contract/metrics.ts';
import { OpsError } from '../errors/ops-error.ts';

/** What speaks for or against a base backup now. */
export interface StartFacts {
  /** Who holds the lease that every base backup takes. */
  readonly leaseHolder: string | undefined;
  /** ARN of a task of this kind that has not stopped. */
  readonly runningTask: string | undefined;
  /** The newest values of {@link START_METRICS} within {@link FRESH_MINUTES}. */
  readonly metrics: ReadonlyMap<MetricName, number>;
}

/** Metrics of the agent that {@link assertCanStart} looks at. */
export const START_METRICS = [
  Metric.AGENT_ALIVE,
  Metric.ARCHIVE_LAG_SEC,
  Metric.DATA_VOLUME_FREE_PERCENT,
] as const;
/** The agent sends a value a minute; these are minutes without which it may be called silent. */
export const FRESH_MINUTES = 10;

/** While a backup runs, PostgreSQL keeps all WAL that is not archived: below this the disk may fill up. */
const MIN_FREE_PERCENT = 5;

/**
 * Proves that a base backup may start: no other runs, its WAL would reach the store, and the data volume
 * has room.
 *
 * @throws {@link OpsError} `BACKUP-BUSY`, `BACKUP-ARCHIVING`, `BACKUP-ROOM`, in this order.
 */
export function assertCanStart(facts: StartFacts, archiveLagLimitSec: number): void {
  assertAlone(facts);
  assertArchiving(facts.metrics, archiveLagLimitSec);
  const free = facts.metrics.get(Metric.DATA_VOLUME_FREE_PERCENT);
  if (free !== undefined && free < MIN_FREE_PERCENT) {
    throw new OpsError(
      'BACKUP-ROOM',
      `the data volume has ${free} % left, a base backup wants ${MIN_FREE_PERCENT} %`,
      { hint: 'enlarge the volume, or see why WAL is not archived; then the schedule goes on' },
    );
  }
}

function assertAlone({ leaseHolder, runningTask }: StartFacts): void {
  const other = leaseHolder ?? runningTask;
  if (other === undefined) return;
  throw new OpsError('BACKUP-BUSY', `another base backup is at work: ${other}`, {
    hint: 'wait for it to end; if it died, its lease runs out by itself within a minute',
  });
}

function assertArchiving(metrics: StartFacts['metrics'], limitSec: number): void {
  const lagSec = metrics.get(Metric.ARCHIVE_LAG_SEC);
  if (!metrics.has(Metric.AGENT_ALIVE)) {
    throw notArchiving(`the agent has said nothing for ${FRESH_MINUTES} minutes`);
  }
  if (lagSec === undefined) throw notArchiving('the agent does not say how far behind it is');
  if (lagSec > limitSec) {
    throw notArchiving(`a segment has been waiting for ${lagSec} s, the limit is ${limitSec} s`);
  }
}

function notArchiving(message: string): OpsError {
  return new OpsError('BACKUP-ARCHIVING', message, {
    hint: 'see the agent on the host and its log: a backup whose WAL is not archived cannot be restored',
  });
}
