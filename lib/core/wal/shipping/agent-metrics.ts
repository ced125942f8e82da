import { Metric, type MetricName } from '../../contract/metrics.ts';
import { isSegmentName } from '../segment.ts';

/** What was seen of an agent at one moment; `undefined` where it could not be seen. */
export interface AgentSample {
  /** Whether the shipping loop went round since the sample before. */
  readonly isShipping: boolean;
  /** What waits for the store. */
  readonly backlog: Backlog | undefined;
  /** Room left on the data directory's volume. */
  readonly freePercent: number | undefined;
  /** Memory of the machine that programs can still have. */
  readonly memoryPercent?: number | undefined;
}

/** Files that are ready and not in the store. */
export interface Backlog {
  readonly names: readonly string[];
  /** How long the oldest of them has been waiting; 0 when none is. */
  readonly lagSec: number;
}

/**
 * Names that wait for the store, the oldest first: on a timeline they are numbered in the order of
 * their time, and a later timeline has a higher number.
 */
export function waitingFiles(
  ready: readonly string[],
  durable: ReadonlySet<string>,
): readonly string[] {
  return ready.filter((name) => !durable.has(name)).toSorted();
}

/** How long something has been waiting since `since`; no less than 0, for clocks are set back. */
export function secondsBetween(since: Date, now: Date): number {
  return Math.max(0, (now.getTime() - since.getTime()) / 1_000);
}

/**
 * The metrics of a sample. An agent whose loop stands still is not alive, whatever its timers do: of
 * that nothing is said, and the alarm takes silence for the worst.
 */
export function agentMetrics({
  isShipping,
  backlog,
  freePercent,
  memoryPercent,
}: AgentSample): readonly (readonly [MetricName, number])[] {
  const segments = backlog?.names.filter(isSegmentName).length;
  const rows = [
    [Metric.AGENT_ALIVE, isShipping ? 1 : undefined],
    [Metric.ARCHIVE_LAG_SEC, backlog?.lagSec],
    [Metric.READY_SEGMENTS, segments],
    [Metric.DATA_VOLUME_FREE_PERCENT, freePercent],
    [Metric.MEMORY_AVAILABLE_PERCENT, memoryPercent],
  ] as const;
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

const MINUTE_MS = 60_000;

/**
 * Until the middle of the next minute, in milliseconds: CloudWatch counts by the clock's minutes, and
 * each then gets its value however late a timer is.
 */
export function untilMidMinuteMs(now: Date): number {
  const intoMs = now.getTime() % MINUTE_MS;
  const leftMs = MINUTE_MS / 2 - intoMs;
  return leftMs > 0 ? leftMs : leftMs + MINUTE_MS;
}
