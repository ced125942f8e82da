import {
  type GetCommandInvocationCommandOutput,
  GetCommandInvocationCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { OpsError } from '../../errors/ops-error.ts';
import type { HostCommands, HostRun } from '../../ports/host-commands.ts';
import { awsCall } from './aws-errors.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';

const DOCUMENT = 'AWS-RunShellScript';

/**
 * Run Command of Session Manager. What a command prints is cut after 24,000 characters.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html
 */
export function ssmHostCommands(client = new SSMClient(CLIENT_SETTINGS)): HostCommands {
  return {
    send: async (instanceId, line, { deliverySec, executionSec }, { signal } = {}) => {
      const send = new SendCommandCommand({
        InstanceIds: [instanceId],
        DocumentName: DOCUMENT,
        TimeoutSeconds: deliverySec,
        Parameters: { commands: [line], executionTimeout: [String(executionSec)] },
        Comment: 'holdfast host',
      });
      const { Command } = await awsCall(
        `ssm:SendCommand to ${instanceId}`,
        async () => client.send(send, { abortSignal: signal }),
        signal,
      ).catch((error: unknown) => {
        throw nameOf(error) === 'InvalidInstanceId' ? unmanaged(instanceId, error) : error;
      });
      return Command?.CommandId ?? '';
    },
    read: async (commandId, instanceId, { signal } = {}) => {
      const get = new GetCommandInvocationCommand({
        CommandId: commandId,
        InstanceId: instanceId,
      });
      const answer = await awsCall(
        `ssm:GetCommandInvocation of ${commandId}`,
        async () => client.send(get, { abortSignal: signal }),
        signal,
      ).catch((error: unknown) => {
        // For a moment after it was sent.
        if (nameOf(error) === 'InvocationDoesNotExist') return undefined;
        throw error;
      });
      return answer === undefined ? undefined : toRun(answer);
    },
  };
}

/** The service's own name of an error that {@link awsCall} has given a code. */
function nameOf(error: unknown): unknown {
  return error instanceof OpsError ? error.details['error'] : undefined;
}

function unmanaged(instanceId: string, cause: unknown): OpsError {
  return new OpsError(
    'HOST-COMMAND',
    `${instanceId} takes no commands: it is no managed host now`,
    {
      cause,
      hint: 'its agent is offline, or it is gone: see "aws ssm describe-instance-information", and that the host reaches the endpoints ssm and ssmmessages',
      details: { instanceId },
    },
  );
}

function toRun(answer: GetCommandInvocationCommandOutput): HostRun {
  const { Status = 'Pending', StatusDetails, ResponseCode = -1 } = answer;
  return {
    state: STATES[Status],
    details: (StatusDetails ?? Status).replaceAll(' ', ''),
    // -1 is that of what never ran to its end.
    exitStatus: ENDED_BY_ITSELF.has(Status) && ResponseCode >= 0 ? ResponseCode : undefined,
    stdout: answer.StandardOutputContent ?? '',
    stderr: answer.StandardErrorContent ?? '',
  };
}

const ENDED_BY_ITSELF: ReadonlySet<string> = new Set(['Success', 'Failed']);
const STATES = {
  Pending: 'waiting',
  Delayed: 'waiting',
  InProgress: 'running',
  Cancelling: 'running',
  Success: 'ended',
  Failed: 'ended',
  Cancelled: 'ended',
  TimedOut: 'ended',
} as const satisfies Readonly<Record<string, HostRun['state']>>;
