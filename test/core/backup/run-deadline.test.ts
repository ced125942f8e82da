import { describe, expect, test } from 'vitest';
import { withinDeadline } from '../../../lib/core/backup/run-deadline.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import { systemClock } from '../../../lib/core/adapters/system/clock.ts';

const timedOut = (): OpsError => new OpsError('BACKUP-TIMEOUT', 'too late');

async function untilAborted(signal: AbortSignal): Promise<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  throw new Error('the work broke because it was told to end');
}

describe('withinDeadline', () => {
  test('gives the result of work that is in time', async () => {
    const deadline = { clock: systemClock, timeoutMs: 60_000, timedOut };
    expect(await withinDeadline(deadline, async () => 42)).toBe(42);
  });

  test('passes on the error of work that is in time', async () => {
    const deadline = { clock: systemClock, timeoutMs: 60_000, timedOut };
    const work = withinDeadline(deadline, async () => {
      throw new RangeError('broken');
    });
    await expect(work).rejects.toThrow(RangeError);
  });

  test('ends work past the deadline, with its own error in place of the work’s', async () => {
    const deadline = { clock: systemClock, timeoutMs: 5, timedOut };
    await expect(withinDeadline(deadline, untilAborted)).rejects.toMatchObject({
      code: 'BACKUP-TIMEOUT',
    });
  });

  test('ends work by the caller’s signal, with its reason', async () => {
    const caller = new AbortController();
    const deadline = { clock: systemClock, timeoutMs: 60_000, timedOut, signal: caller.signal };
    const work = withinDeadline(deadline, untilAborted);
    caller.abort(new OpsError('ABORTED', 'enough'));
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('starts nothing for a caller who has given up', async () => {
    let started = false;
    const signal = AbortSignal.abort(new OpsError('ABORTED', 'enough'));
    const work = withinDeadline(
      { clock: systemClock, timeoutMs: 5, timedOut, signal },
      async () => {
        started = true;
      },
    );
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
    expect(started).toBe(false);
  });
});
