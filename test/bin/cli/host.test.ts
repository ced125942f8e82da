import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { failureOf, runHere } from './run-holdfast.ts';

const MISUSE = 2;
const HOST = ['--instance', 'i-0123456789abcdef0'];
/** A host that would restart PostgreSQL too early. */
const REFUSED = {
  Status: 'Failed',
  ResponseCode: 104,
  StandardOutputContent: 'restart PostgreSQL\n',
  StandardErrorContent:
    '{"error_code":"HOST-WINDOW","error":"too early","hint":"later"}\nfailed to run commands: exit status 104',
} as const;
const ssm = mockClient(SSMClient);

beforeEach(() => void ssm.reset());

function answers(answer: Partial<GetCommandInvocationCommandOutput>): void {
  ssm.on(SendCommandCommand).resolves({ Command: { CommandId: 'a-command' } });
  ssm.on(GetCommandInvocationCommand).resolves({
    Status: 'Success',
    ResponseCode: 0,
    StandardErrorContent: '',
    ...answer,
  });
}

function lines(): readonly unknown[] {
  return ssm
    .commandCalls(SendCommandCommand)
    .map(({ args }) => args[0].input.Parameters?.['commands']);
}

describe('host without a meaning', () => {
  test.each([
    { words: [], says: 'missing required argument' },
    { words: ['reboot', ...HOST], says: 'Allowed choices are plan, apply, status' },
    { words: ['plan', '--execute', ...HOST], says: 'plan takes no --execute' },
    { words: ['status', '--now', ...HOST], says: 'status takes no' },
    { words: ['apply', '--now', ...HOST], says: '--now goes with --execute' },
    { words: ['plan'], says: 'add --environment and --cluster, or --instance' },
    { words: ['plan', '--environment', 'prod'], says: 'add --environment and --cluster' },
    { words: ['plan', '--environment', 'Prod', '--cluster', 'orders'], says: 'lower-case' },
    { words: ['plan', '--environment', 'prod', '--cluster', 'o;rm'], says: 'lower-case' },
    { words: ['plan', '--instance', 'i-$(reboot)'], says: 'the id of an EC2 instance' },
    { words: ['plan', ...HOST, '--wait', '0'], says: 'from 1 to 240' },
  ])('is wrong usage: $says', async ({ words, says }) => {
    vi.stubEnv('HOLDFAST_ENVIRONMENT', undefined);
    vi.stubEnv('HOLDFAST_CLUSTER', undefined);
    const { exitCode, stdout, stderr } = await runHere(['host', ...words]);
    vi.unstubAllEnvs();
    expect(exitCode).toBe(MISUSE);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
    expect(lines()).toEqual([]);
  });
});

describe('host', () => {
  test('prints what the host printed', async () => {
    answers({ StandardOutputContent: 'Nothing to do\n', StandardErrorContent: 'holdfast: hm\n' });
    const { exitCode, stdout, stderr } = await runHere(['host', 'plan', ...HOST]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing to do\n' });
    expect(stderr).toContain('Ctrl-C stops the waiting, not the host');
    expect(stderr).toContain('holdfast: hm');
    expect(lines()).toEqual([['/opt/holdfast/current/plan']]);
  });

  test('passes the host’s document on', async () => {
    answers({ StandardOutputContent: '{"format":1,"outcome":"nothing","plan":{"steps":[]}}\n' });
    const words = ['host', 'apply', '--execute', '--now', '--json', ...HOST];
    const { exitCode, stdout } = await runHere(words);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ format: 1, outcome: 'nothing', plan: { steps: [] } });
    expect(lines()).toEqual([['/opt/holdfast/current/apply --execute --now --json']]);
  });

  test('fails for a document that was cut', async () => {
    answers({ StandardOutputContent: '{"format":1,"outcome":"noth\n--output truncated--' });
    const ending = await runHere(['host', 'plan', '--json', ...HOST]);
    expect(failureOf(ending)).toEqual({ exitCode: 117, code: 'HOST-COMMAND', hasHint: true });
    expect(JSON.parse(ending.stdout)).toMatchObject({ format: 1, error: { code: 'HOST-COMMAND' } });
  });

  test('ends as the host has ended, with its plan', async () => {
    answers(REFUSED);
    const ending = await runHere(['host', 'apply', '--execute', ...HOST]);
    expect(failureOf(ending)).toEqual({ exitCode: 104, code: 'HOST-WINDOW', hasHint: true });
    expect(ending.stdout).toBe('restart PostgreSQL\n');
  });

  test('tells programs how the host has ended in one document', async () => {
    answers(REFUSED);
    const { exitCode, stdout } = await runHere(['host', 'apply', '--execute', '--json', ...HOST]);
    expect(exitCode).toBe(104);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 1,
      error: { code: 'HOST-WINDOW', message: 'too early', hint: 'later' },
    });
  });

  test('says when the host’s agent never took it', async () => {
    answers({ Status: 'TimedOut', StatusDetails: 'Delivery Timed Out', ResponseCode: -1 });
    const ending = await runHere(['host', 'status', ...HOST]);
    expect(failureOf(ending)).toEqual({ exitCode: 117, code: 'HOST-COMMAND', hasHint: true });
    expect(ending.stderr).toContain('its agent is offline');
  });
});
