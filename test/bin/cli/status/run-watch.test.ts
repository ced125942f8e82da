import { expect, test } from 'vitest';
import type { StatusReading } from '../../../../bin/cli/status/read-status.ts';
import { runWatch } from '../../../../bin/cli/status/run-watch.ts';
import { MAX_SAMPLES, type WatchState } from '../../../../bin/cli/status/watch-state.ts';
import { OpsError } from '../../../../lib/core/errors/ops-error.ts';
import { type FakeClock, fakeClock } from '../../../support/fake-clock.ts';

const READING = {
  status: { recoverablePoint: { ageSec: 1 }, archive: { lagBytes: 5 } },
  remarks: [],
} as unknown as StatusReading;
const AWAY = new OpsError('STORE-UNAVAILABLE', 'no route to it');

interface Watch {
  readonly clock: FakeClock;
  readonly shown: WatchState[];
  readonly ticks: WatchState[];
  readonly over: Promise<void>;
  readonly stop: () => Promise<void>;
}

function watch(read: (clock: FakeClock) => Promise<StatusReading>): Watch {
  const clock = fakeClock();
  const stopping = new AbortController();
  const shown: WatchState[] = [];
  const ticks: WatchState[] = [];
  const over = runWatch(5_000, {
    clock,
    signal: stopping.signal,
    read: async () => read(clock),
    show: (state) => void shown.push(state),
    tick: (state) => void ticks.push(state),
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await over;
  };
  return { clock, shown, ticks, over, stop };
}

test('refreshes at its interval, and redraws every second in between', async () => {
  const { clock, shown, ticks, stop } = watch(async () => READING);
  await clock.advance(15_000);
  expect(shown).toHaveLength(4);
  expect(ticks.length).toBeGreaterThanOrEqual(15);
  await stop();
});

test('keeps the last good figures while new ones fail, and says since when', async () => {
  let refreshes = 0;
  const { clock, shown, stop } = watch(async () => {
    refreshes += 1;
    if (refreshes === 2 || refreshes === 3) throw AWAY;
    return READING;
  });
  await clock.advance(15_000);
  const [first, second, third, fourth] = shown;
  expect(first?.failure).toBeUndefined();
  expect(third).toMatchObject({ reading: READING, failure: { error: AWAY } });
  expect(third?.failure?.since).toEqual(second?.failure?.since);
  expect(third?.readAt).toEqual(first?.readAt);
  expect(fourth?.failure).toBeUndefined();
  expect(fourth?.trend.map(({ lagBytes }) => lagBytes)).toEqual([5, undefined, undefined, 5]);
  await stop();
});

test('a store that is away at the very start is waited for; a wrong option is not', async () => {
  let refreshes = 0;
  const { clock, shown, stop } = watch(async () => {
    refreshes += 1;
    if (refreshes === 1) throw AWAY;
    return READING;
  });
  await clock.advance(5_000);
  expect(shown.map(({ reading }) => reading === undefined)).toEqual([true, false]);
  await stop();
  const wrong = watch(async () => Promise.reject(new OpsError('CATALOG-CLUSTER', 'no such')));
  await expect(wrong.over).rejects.toMatchObject({ code: 'CATALOG-CLUSTER' });
});

test('refreshes never overlap: a slow one is shown as such, and rested from', async () => {
  let running = 0;
  let most = 0;
  const { clock, shown, ticks, stop } = watch(async (clock) => {
    running += 1;
    most = Math.max(most, running);
    await clock.sleep(12_000);
    running -= 1;
    return READING;
  });
  await clock.advance(6_000);
  expect(shown).toHaveLength(0);
  expect(ticks.at(-1)?.refreshingSince).toBeDefined();
  await clock.advance(30_000);
  expect(most).toBe(1);
  expect(shown).toHaveLength(2);
  const ended = stop();
  await clock.advance(12_000);
  await ended;
});

test('days take no more memory than minutes', async () => {
  const { clock, shown, stop } = watch(async () => READING);
  await clock.advance(5_000 * (MAX_SAMPLES + 40));
  expect(shown.at(-1)?.trend).toHaveLength(MAX_SAMPLES);
  await stop();
});

test('an end during a refresh is no failure', async () => {
  const { clock, shown, stop } = watch(
    async () =>
      new Promise<never>((_, reject) => {
        queueMicrotask(() => reject(AWAY));
      }),
  );
  await stop();
  await clock.advance(0);
  expect(shown).toEqual([]);
});
