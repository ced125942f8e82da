import type { CallOptions } from './object-store.ts';

/** An instance of the group that runs, or is about to. */
export interface Host {
  readonly instanceId: string;
  /** As Auto Scaling spells it: `Pending`, `Pending:Wait`, `InService`, `Terminating`… */
  readonly lifecycle: string;
  /** Private IPv4 address. */
  readonly address: string;
  readonly launchedAt: Date;
}

/** The Auto Scaling group of a PostgreSQL host. */
export interface HostGroup {
  /**
   * Its instances as they are now, without those that EC2 is shutting down.
   *
   * @throws {@link OpsError} `AWS-ABSENT` when there is no such group; `AWS-DENIED`, `AWS-FAILED`.
   */
  hosts(options?: CallOptions): Promise<readonly Host[]>;
}
