import { describe, expect, test } from 'vitest';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { runOnHost } from '../../../../lib/core/host/command/run-on-host.ts';
import type { HostCommands, HostRun } from '../../../../lib/core/ports/host-commands.ts';
import { type FakeClock, fakeClock } from '../../../support/fake-clock.ts';

const COMMAND = { instanceId: 'i-0a1b', line: '/opt/holdfast/current/apply', waitMs: 60_000 };
const WAITING: HostRun = {
  state: 'waiting',
  details: 'Pending',
  exitStatus: undefined,
  stdout: '',
  stderr: '',
};
const RUNNING: HostRun = { ...WAITING, state: 'running', details: 'InProgress' };
const ENDED: HostRun = { ...WAITING, state: 'ended', details: 'Success', exitStatus: 0 };

interface Attempt {
  readonly clock: FakeClock;
  readonly stop: AbortController;
  readonly sent: readonly string[];
  readonly ending: Promise<HostRun>;
}

/** Runs the command on a host that is as `runs` say, one after the other; the last stays. */
function attempt(...runs: readonly (HostRun | undefined)[]): Attempt {
  const clock = fakeClock();
  const stop = new AbortController();
  const sent: string[] = [];
  let asked = 0;
  const commands: HostCommands = {
    send: async (instanceId, line, { deliverySec, executionSec }) => {
      sent.push(`${instanceId} ${line} ${deliverySec} ${executionSec}`);
      return 'a-command';
    },
    read: async () => runs[Math.min(asked++, runs.length - 1)],
  };
  const onSent = (commandId: string): void => void sent.push(commandId);
  const ending = runOnHost(COMMAND, { commands, clock, signal: stop.signal, onSent });
  ending.catch(() => undefined);
  return { clock, stop, sent, ending };
}

describe('runOnHost', () => {
  test('waits until the command has ended, also when nobody knows of it at first', async () => {
    const { clock, sent, ending } = attempt(undefined, WAITING, RUNNING, ENDED);
    await clock.advance(10_000);
    expect(await ending).toBe(ENDED);
    expect(sent).toEqual(['i-0a1b /opt/holdfast/current/apply 60 14400', 'a-command']);
  });

  test('gives the status with which the host ended, whatever it is', async () => {
    const refused = { ...ENDED, details: 'Failed', exitStatus: 104 };
    expect(await attempt(refused).ending).toBe(refused);
  });

  test.each([
    ['DeliveryTimedOut', 'its agent is offline'],
    ['Undeliverable', 'its agent is offline'],
    ['ExecutionTimedOut', 'broke it off'],
    ['Cancelled', 'broke it off'],
    ['Terminated', 'broke it off'],
  ])('fails when the command ended with %s', async (details, hint) => {
    await expect(
      attempt({ ...ENDED, details, exitStatus: undefined }).ending,
    ).rejects.toMatchObject({
      code: 'HOST-COMMAND',
      message: expect.stringContaining(details),
      hint: expect.stringContaining(hint),
    });
  });

  test('waits no longer than it was told, and says that the host goes on', async () => {
    const { clock, ending } = attempt(RUNNING);
    await clock.advance(61_000);
    await expect(ending).rejects.toMatchObject({
      code: 'HOST-COMMAND',
      message: expect.stringContaining('it goes on with a-command'),
    });
  });

  test('says that the host goes on when whoever waits is stopped', async () => {
    const { clock, stop, ending } = attempt(RUNNING);
    await clock.advance(3_000);
    stop.abort(new OpsError('ABORTED', 'ended by SIGINT'));
    await expect(ending).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'nobody waits any more; i-0a1b goes on with a-command',
      hint: expect.stringContaining('holdfast host status'),
    });
  });
});
