import type { CallOptions } from './object-store.ts';

/** How long a command may take. */
export interface HostCommandLimits {
  /** Until the host has taken it. */
  readonly deliverySec: number;
  /** From then on; whatever still runs is then killed. */
  readonly executionSec: number;
}

/** A command on a host, as it is now. */
export interface HostRun {
  readonly state: 'waiting' | 'running' | 'ended';
  /** How it stands in the service's own words, without blanks: `DeliveryTimedOut`, for instance. */
  readonly details: string;
  /** Once it has ended by itself. */
  readonly exitStatus: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands that hosts run as root, one at a time and from far away. */
export interface HostCommands {
  /**
   * Has the host run a line of POSIX sh.
   *
   * @returns the command's id.
   * @throws {@link OpsError} `HOST-COMMAND` when no such host takes commands; `AWS-DENIED`, `AWS-FAILED`.
   */
  send(
    instanceId: string,
    line: string,
    limits: HostCommandLimits,
    options?: CallOptions,
  ): Promise<string>;
  /** `undefined` as long as the service does not know of it yet. */
  read(commandId: string, instanceId: string, options?: CallOptions): Promise<HostRun | undefined>;
}
