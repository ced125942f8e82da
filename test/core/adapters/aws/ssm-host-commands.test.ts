import {
  GetCommandInvocationCommand,
  SendCommandCommand,
  SSMClient,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { ssmHostCommands } from '../../../../lib/core/adapters/aws/ssm-host-commands.ts';

const ssm = mockClient(SSMClient);
const LIMITS = { deliverySec: 60, executionSec: 600 };

beforeEach(() => void ssm.reset());

function failure(name: string): SSMServiceException {
  return new SSMServiceException({ name, message: 'not today', $fault: 'client', $metadata: {} });
}

describe('sending', () => {
  test('is one line of AWS-RunShellScript to one machine, bounded twice', async () => {
    ssm.on(SendCommandCommand).resolves({ Command: { CommandId: 'a-command' } });
    expect(await ssmHostCommands().send('i-1', 'true', LIMITS)).toBe('a-command');
    expect(ssm.commandCalls(SendCommandCommand).map(({ args }) => args[0].input)).toEqual([
      {
        InstanceIds: ['i-1'],
        DocumentName: 'AWS-RunShellScript',
        TimeoutSeconds: 60,
        Parameters: { commands: ['true'], executionTimeout: ['600'] },
        Comment: 'holdfast host',
      },
    ]);
  });

  test.each([
    ['InvalidInstanceId', 'HOST-COMMAND'],
    ['AccessDeniedException', 'AWS-DENIED'],
    ['ThrottlingException', 'AWS-FAILED'],
  ])('fails with %s as %s', async (name, code) => {
    ssm.on(SendCommandCommand).rejects(failure(name));
    await expect(ssmHostCommands().send('i-1', 'true', LIMITS)).rejects.toMatchObject({
      code,
      hint: expect.any(String),
    });
  });
});

describe('reading', () => {
  test.each([
    ['Pending', 'Pending', -1, 'waiting', undefined],
    ['Delayed', 'Delayed', -1, 'waiting', undefined],
    ['InProgress', 'In Progress', -1, 'running', undefined],
    ['Cancelling', 'Canceling', -1, 'running', undefined],
    ['Success', 'Success', 0, 'ended', 0],
    ['Failed', 'Failed', 104, 'ended', 104],
    ['Failed', 'Undeliverable', -1, 'ended', undefined],
    ['Cancelled', 'Canceled', 137, 'ended', undefined],
    ['TimedOut', 'Delivery Timed Out', -1, 'ended', undefined],
    ['TimedOut', 'ExecutionTimedOut', 137, 'ended', undefined],
  ] as const)(
    '%s (%s, %i) is %s',
    async (Status, StatusDetails, ResponseCode, state, exitStatus) => {
      ssm.on(GetCommandInvocationCommand).resolves({
        Status,
        StatusDetails,
        ResponseCode,
        StandardOutputContent: 'out',
        StandardErrorContent: 'err',
      });
      expect(await ssmHostCommands().read('a-command', 'i-1')).toEqual({
        state,
        details: StatusDetails.replaceAll(' ', ''),
        exitStatus,
        stdout: 'out',
        stderr: 'err',
      });
    },
  );

  test('knows nothing of a command that was sent a moment ago', async () => {
    ssm.on(GetCommandInvocationCommand).rejects(failure('InvocationDoesNotExist'));
    expect(await ssmHostCommands().read('a-command', 'i-1')).toBeUndefined();
  });

  test('fails as the service does', async () => {
    ssm.on(GetCommandInvocationCommand).rejects(failure('InternalServerError'));
    await expect(ssmHostCommands().read('a-command', 'i-1')).rejects.toMatchObject({
      code: 'AWS-FAILED',
    });
  });
});
