import { MemoryObjectStore } from '../../../lib/core/adapters/store/memory-object-store.ts';
import { Metric, type MetricName } from '../../../lib/core/contract/metrics.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';
import type { LogFields } from '../../../lib/core/ports/log.ts';
import type { ObjectStore } from '../../../lib/core/ports/object-store.ts';
import type {
  FoundTask,
  TaskAnswer,
  TaskRequest,
  TaskRunner,
} from '../../../lib/core/ports/task-runner.ts';
import type { JudgeContext } from '../../../lib/core/runs/settle-task.ts';
import type { StarterContext } from '../../../lib/core/runs/start-base-backup.ts';
import type { StoppedTask } from '../../../lib/core/runs/stopped-task.ts';
import type { Lineage } from '../../../lib/core/store/lineage.ts';
import { putRecord } from '../../../lib/core/store/record.ts';
import { WriterRecord } from '../../../lib/core/store/records.ts';
import { claimTestLineage } from '../../support/wal-fixture.ts';

/** When the scheduled occurrence of these tests is due, and its id. */
export const DUE = new Date('2026-12-01T01:00:00.000Z');
export const OCCURRENCE = '20261201T010000Z';
export const FAMILY = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/prod-orders-backup';

/** A clock on which nobody waits: sleeping makes it later. */
export interface LeapingClock extends Clock {
  advance(ms: number): void;
}

/** Starts at `startedAt`. */
export function leapingClock(startedAt = DUE): LeapingClock {
  let elapsedMs = 0;
  const advance = (ms: number): void => {
    elapsedMs += ms;
  };
  return {
    advance,
    now: () => new Date(startedAt.getTime() + elapsedMs),
    elapsedMs: () => elapsedMs,
    sleep: async (ms) => advance(ms),
  };
}

/** ECS as it is documented: the same token gives the same task, whatever else is asked with it. */
export class FakeEcs implements TaskRunner {
  readonly requests: TaskRequest[] = [];
  readonly found: FoundTask[] = [];
  /** Answers given in turn before any task is started. */
  readonly refusals: TaskAnswer[] = [];
  readonly #byToken = new Map<string, string>();

  async start(request: TaskRequest): Promise<TaskAnswer> {
    this.requests.push(request);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    const standing = this.#byToken.get(request.clientToken);
    if (standing !== undefined) return { taskArn: standing };
    const taskArn = taskArnOf(this.#byToken.size + 1);
    this.#byToken.set(request.clientToken, taskArn);
    this.found.push({ taskArn, startedBy: request.startedBy, isStopped: false });
    return { taskArn };
  }

  async tasks(): Promise<readonly FoundTask[]> {
    return this.found;
  }

  /** Ends every task, as if each had run. */
  stopAll(): void {
    this.found.splice(0, Infinity, ...this.found.map((one) => ({ ...one, isStopped: true })));
  }
}

export function taskArnOf(id: number | string): string {
  return `arn:aws:ecs:eu-central-1:111122223333:task/holdfast/${id}`;
}

/** A log line. */
export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

/** All that a function of these tests works on, and what it said. */
export interface RunStage {
  readonly store: MemoryObjectStore;
  readonly lineage: Lineage;
  readonly ecs: FakeEcs;
  readonly clock: LeapingClock;
  readonly lines: Line[];
  /** What was flushed. */
  readonly sent: [MetricName, number][];
  readonly metrics: Map<MetricName, number>;
  /** What one invocation of either function is given. */
  context(id: string, given?: StageOptions): StarterContext & JudgeContext;
}

/** What differs for one invocation. */
export interface StageOptions {
  readonly store?: ObjectStore;
  readonly runner?: TaskRunner;
  readonly lifetimeMs?: number;
  readonly capacityProvider?: 'FARGATE' | 'FARGATE_SPOT';
}

/** A cluster with a writer, whose agent says that all is well. */
export async function runStage(): Promise<RunStage> {
  const store = new MemoryObjectStore();
  const lineage = await claimTestLineage(store);
  await putWriter(store, lineage, { since: new Date('2026-11-01T00:00:00.000Z') });
  const [ecs, clock] = [new FakeEcs(), leapingClock()];
  const lines: Line[] = [];
  const sent: [MetricName, number][] = [];
  const metrics = new Map<MetricName, number>([
    [Metric.AGENT_ALIVE, 1],
    [Metric.ARCHIVE_LAG_SEC, 3],
    [Metric.DATA_VOLUME_FREE_PERCENT, 60],
  ]);
  const say =
    (level: Line['level']) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push({ level, event, fields });
    };
  const log = { info: say('info'), warn: say('warn'), error: say('error') };
  return {
    store,
    lineage,
    ecs,
    clock,
    lines,
    sent,
    metrics,
    context: (id, given = {}) => {
      const endMs = clock.elapsedMs() + (given.lifetimeMs ?? 90_000);
      const noted: [MetricName, number][] = [];
      return {
        environment: 'prod',
        cluster: lineage.id.cluster,
        store: given.store ?? store,
        runner: given.runner ?? ecs,
        metrics: { newest: async () => metrics },
        capacityProvider: given.capacityProvider ?? 'FARGATE_SPOT',
        archiveLagLimitSec: 300,
        taskDefinition: `${FAMILY}:7`,
        taskLogGroup: '/holdfast/prod/orders',
        telemetry: {
          add: (metric, value) => noted.push([metric, value]),
          flush: () => sent.push(...noted.splice(0)),
        },
        invocation: { id, remainingMs: () => endMs - clock.elapsedMs() },
        clock,
        log,
        signal: new AbortController().signal,
      };
    },
  };
}

export async function putWriter(
  store: ObjectStore,
  { keys }: Lineage,
  { epoch = 1, timeline = 1, since }: { epoch?: number; timeline?: number; since: Date },
): Promise<void> {
  const record = { epoch, instance: 'i-1', volume: 'vol-1', dataDirInode: '7', timeline, since };
  await putRecord(store, keys.writer(epoch), WriterRecord, record, { epoch });
}

/** A task that ran from a minute after {@link DUE} to half an hour after it, and ended with 0. */
export function stoppedTask(
  attempt: 1 | 2,
  given: Partial<StoppedTask> & Pick<StoppedTask, 'taskArn'>,
): StoppedTask {
  return {
    taskDefinitionArn: `${FAMILY}:7`,
    startedBy: `holdfast/base-backup/${OCCURRENCE}/${attempt}`,
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    createdAt: after(1),
    startedAt: after(2),
    stoppedAt: after(30),
    exitCode: 0,
    containerReason: undefined,
    ...given,
  };
}

/** So many minutes after {@link DUE}. */
export function after(minutes: number): Date {
  return new Date(DUE.getTime() + minutes * 60_000);
}
