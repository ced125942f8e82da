import { describe, expect, test } from 'vitest';
import { awaitServer } from '../../../lib/core/backup/await-server.ts';
import { OpsError } from '../../../lib/core/errors/ops-error.ts';
import type { Clock } from '../../../lib/core/ports/clock.ts';

const AWAY = new OpsError('PG-CONNECT', 'nobody answers');
const NEVER = Number.POSITIVE_INFINITY;

/** A clock on which a sleep takes no time of ours. */
function swiftClock(): Clock {
  let elapsedMs = 0;
  return {
    now: () => new Date(elapsedMs),
    elapsedMs: () => elapsedMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      elapsedMs += ms;
    },
  };
}

/** A server that refuses so many times, and counts the calls. */
function refusing(times: number, error: Error = AWAY): { calls: number; now(): Promise<Date> } {
  const server = {
    calls: 0,
    now: async () => {
      server.calls += 1;
      if (server.calls <= times) throw error;
      return new Date(0);
    },
  };
  return server;
}

describe('awaitServer', () => {
  test('asks once where the server answers', async () => {
    const server = refusing(0);
    await awaitServer(server, { clock: swiftClock() });
    expect(server.calls).toBe(1);
  });

  test('goes on once the server is back', async () => {
    const server = refusing(5);
    const clock = swiftClock();
    await awaitServer(server, { clock });
    expect(server.calls).toBe(6);
    expect(clock.elapsedMs()).toBe(50_000);
  });

  test('gives up after a quarter of an hour, with what the server said', async () => {
    const clock = swiftClock();
    await expect(awaitServer(refusing(NEVER), { clock })).rejects.toBe(AWAY);
    expect(clock.elapsedMs()).toBe(900_000);
  });

  test('does not wait where waiting cannot help', async () => {
    const failed = new OpsError('PG-FAILED', 'permission denied');
    const server = refusing(NEVER, failed);
    await expect(awaitServer(server, { clock: swiftClock() })).rejects.toBe(failed);
    expect(server.calls).toBe(1);
  });

  test('ends with the reason of whoever stops it', async () => {
    const stopped = new OpsError('ABORTED', 'ended by SIGTERM');
    const signal = AbortSignal.abort(stopped);
    await expect(awaitServer(refusing(NEVER), { clock: swiftClock(), signal })).rejects.toBe(
      stopped,
    );
  });
});
