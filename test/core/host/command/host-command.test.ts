import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseHost } from '../../../../lib/core/host/command/choose-host.ts';
import { hostFailure, stderrLines } from '../../../../lib/core/host/command/host-failure.ts';
import { HOST_ACTIONS, hostLine } from '../../../../lib/core/host/command/host-words.ts';
import type { HostRun } from '../../../../lib/core/ports/host-commands.ts';

const LOGGED = JSON.stringify({
  level: 'error',
  event: 'task.failed',
  error_code: 'HOST-WINDOW',
  error: 'too early',
  hint: 'later',
});
const AGENT = 'failed to run commands: exit status 104';

function run(stderr: string, exitStatus = 104): HostRun {
  return { state: 'ended', details: 'Failed', exitStatus, stdout: '', stderr };
}

test('a line for a host has nothing in it that a shell could take for more than words', () => {
  fc.assert(
    fc.property(
      fc.record({
        action: fc.constantFrom(...HOST_ACTIONS),
        execute: fc.boolean(),
        now: fc.boolean(),
        json: fc.boolean(),
      }),
      (request) => {
        expect(hostLine(request)).toMatch(
          /^\/opt\/holdfast\/current\/(plan|apply|status)( --(execute|now|json))*$/,
        );
      },
    ),
  );
  expect(hostLine({ action: 'apply', execute: true, now: true, json: true })).toBe(
    '/opt/holdfast/current/apply --execute --now --json',
  );
});

describe('the failure of a host', () => {
  test('is told by the image’s role', () => {
    expect(hostFailure(run(`a\n${LOGGED}\n${AGENT}`), 'i-1')).toMatchObject({
      code: 'HOST-WINDOW',
      exitCode: 104,
      message: 'too early',
      hint: 'later',
    });
  });

  test('is told by the host’s scripts, the last of which counts', () => {
    const said = `${LOGGED}\nholdfast: done: restart-agent\nholdfast: HOST-COMMAND: it does not start\n${AGENT}`;
    expect(hostFailure(run(said, 117), 'i-1')).toMatchObject({
      code: 'HOST-COMMAND',
      message: 'it does not start',
      hint: expect.stringContaining('runbook'),
    });
  });

  test.each([
    ['', 1, 'i-1 ended with 1: Failed'],
    ['sh: 1: /opt/holdfast/current/plan: not found', 127, 'not found'],
    ['holdfast: NO-CODE: x', 3, 'ended with 3: holdfast: NO-CODE: x'],
    ['{"error_code":"NO-CODE","error":"x"}', 3, 'ended with 3'],
    ['{"error_code":"HOST-WINDOW"}', 3, 'ended with 3'],
    ['{', 3, 'ended with 3: {'],
    ['null', 3, 'ended with 3: null'],
  ])('is HOST-COMMAND when it says no code that there is: %s', (stderr, status, message) => {
    expect(hostFailure(run(stderr, status), 'i-1')).toMatchObject({
      code: 'HOST-COMMAND',
      message: expect.stringContaining(message),
    });
  });

  test('leaves out what the agent adds', () => {
    expect(stderrLines(run(`pulled\n\n${AGENT}\n`))).toEqual(['pulled']);
  });
});

describe('the host of a cluster', () => {
  const host = (instanceId: string, lifecycle: string) => ({
    instanceId,
    lifecycle,
    address: '10.0.0.1',
    launchedAt: new Date(0),
  });

  test('is the one in service', () => {
    expect(chooseHost([host('i-1', 'Terminating'), host('i-2', 'InService')], 'prod/orders')).toBe(
      'i-2',
    );
  });

  test.each([
    [[], 'there is none at all'],
    [[host('i-1', 'Pending')], 'i-1 (Pending)'],
    [[host('i-1', 'InService'), host('i-2', 'InService')], '2 hosts'],
  ])('is none of %j', (hosts, message) => {
    expect(() => chooseHost(hosts, 'prod/orders')).toThrow(message);
  });
});
