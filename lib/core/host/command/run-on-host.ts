import { OpsError } from '../../errors/ops-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HostCommands, HostRun } from '../../ports/host-commands.ts';

/** A command for a host. */
export interface HostCommand {
  readonly instanceId: string;
  readonly line: string;
  /** How long to wait for its end; the host goes on after that. */
  readonly waitMs: number;
}

/** What running it needs. */
export interface RunOnHostDeps {
  readonly commands: HostCommands;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called with the command's id once it is on its way. */
  readonly onSent: (commandId: string) => void;
}

/** An agent that is there takes a command within seconds. */
const DELIVERY_SEC = 60;
/** Past all that the host's own scripts wait for: nothing of theirs is to be killed half way. */
const EXECUTION_SEC = 4 * 3_600;
const POLL_MS = 2_000;

/**
 * Has a host run a command and waits for its end, whatever that is.
 *
 * @throws {@link OpsError} `HOST-COMMAND` when the host never took it, when it was broken off there, or when
 *   it had not ended in time; `ABORTED` when whoever waits was stopped: the host goes on. What
 *   {@link HostCommands} throws.
 */
export async function runOnHost(command: HostCommand, deps: RunOnHostDeps): Promise<HostRun> {
  const { instanceId, line, waitMs } = command;
  const { commands, clock, signal, onSent } = deps;
  const limits = { deliverySec: DELIVERY_SEC, executionSec: EXECUTION_SEC };
  const commandId = await commands.send(instanceId, line, limits, { signal });
  onSent(commandId);
  const startedMs = clock.elapsedMs();
  try {
    while (clock.elapsedMs() - startedMs < waitMs) {
      const run = await commands.read(commandId, instanceId, { signal });
      if (run?.state === 'ended') return ended(run, command, commandId);
      await clock.sleep(POLL_MS, signal);
    }
  } catch (error) {
    throw signal.aborted ? stoppedWaiting(command, commandId) : error;
  }
  throw new OpsError(
    'HOST-COMMAND',
    `${instanceId} has not ended "${line}" within ${waitMs / 60_000} minutes; it goes on with ${commandId}`,
    { hint: 'see "holdfast host status" until it is done', details: { instanceId, commandId } },
  );
}

/** A run that ended by itself; otherwise nobody knows how far it came. */
function ended(run: HostRun, { instanceId, line }: HostCommand, commandId: string): HostRun {
  if (run.exitStatus !== undefined) return run;
  const { details } = run;
  throw new OpsError('HOST-COMMAND', `${instanceId} did not run "${line}" to its end: ${details}`, {
    hint: NEVER_STARTED.test(details)
      ? 'its agent is offline: see that the host runs and reaches the endpoints ssm and ssmmessages'
      : 'somebody or something broke it off: see "holdfast host status" for how far it came, then run it again',
    details: { instanceId, commandId, state: details },
  });
}

const NEVER_STARTED = /^(DeliveryTimedOut|Undeliverable|InvalidPlatform|AccessDenied)$/;

function stoppedWaiting({ instanceId }: HostCommand, commandId: string): OpsError {
  return new OpsError('ABORTED', `nobody waits any more; ${instanceId} goes on with ${commandId}`, {
    hint: 'see "holdfast host status" until it is done',
    details: { instanceId, commandId },
  });
}
