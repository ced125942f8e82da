import type { CallOptions } from './object-store.ts';

/** Where a task's capacity comes from: spot is cheaper, and may be taken back. */
export type CapacityProvider = 'FARGATE' | 'FARGATE_SPOT';

/** One task that is to run. */
export interface TaskRequest {
  /** Told to its container, besides what its definition says. */
  readonly environment: Readonly<Record<string, string>>;
  readonly startedBy: string;
  /** The same token again gives the same task: at most 64 characters. */
  readonly clientToken: string;
  readonly capacityProvider: CapacityProvider;
}

/** What became of a {@link TaskRequest}; a refusal may pass within seconds. */
export type TaskAnswer =
  | { readonly taskArn: string }
  | { readonly refusal: 'no-room' | 'throttled'; readonly reason: string };

/** A task that is there, or was a while ago. */
export interface FoundTask {
  readonly taskArn: string;
  readonly startedBy: string | undefined;
  readonly isStopped: boolean;
}

/** Runs tasks of one definition. */
export interface TaskRunner {
  /**
   * Starts one task.
   *
   * @throws {@link OpsError} `BACKUP-NOT-STARTED` for a refusal that does not pass within seconds;
   *   `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`.
   */
  start(request: TaskRequest, options?: CallOptions): Promise<TaskAnswer>;

  /**
   * Tasks of any revision of the definition: those at work, and those that stopped within the last hour.
   *
   * @throws {@link OpsError} `AWS-DENIED`, `AWS-ABSENT`, `AWS-FAILED`.
   */
  tasks(options?: CallOptions): Promise<readonly FoundTask[]>;
}
