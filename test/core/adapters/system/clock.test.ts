import { expect, test } from 'vitest';
import { systemClock } from '../../../../lib/core/adapters/system/clock.ts';

test('a sleep moves elapsed time on', async () => {
  const before = systemClock.elapsedMs();
  await systemClock.sleep(5);
  expect(systemClock.elapsedMs()).toBeGreaterThan(before);
});

test("a sleep that is aborted rejects with the signal's own reason", async () => {
  const reason = new Error('stop');
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
});
