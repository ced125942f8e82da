import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedRetries } from '../../../../../lib/core/adapters/store/s3/s3-retries.ts';

type ErrorType = 'TRANSIENT' | 'THROTTLING' | 'SERVER_ERROR' | 'CLIENT_ERROR';

/** Delays, in milliseconds, before the repetitions of a request that never succeeds. */
async function delaysOf(attempts: number, errorType: ErrorType, name = 'Fault'): Promise<number[]> {
  const strategy = boundedRetries(attempts);
  if (!('acquireInitialRetryToken' in strategy)) throw new Error('it is none of version 2');
  const error = { name, message: 'refused' };
  const delays: number[] = [];
  let token: RetryToken | undefined = await strategy.acquireInitialRetryToken('');
  while (token !== undefined) {
    token = await strategy
      .refreshRetryTokenForRetry(token, { errorType, error })
      .catch(() => undefined);
    if (token !== undefined) delays.push(token.getRetryDelay());
  }
  return delays;
}

interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

test('a lost or throttled request is repeated a bounded number of times', async () => {
  for (const type of ['TRANSIENT', 'THROTTLING'] as const) {
    expect(await delaysOf(10, type)).toHaveLength(9);
    expect(await delaysOf(1, type)).toHaveLength(0);
  }
});

test('a request that S3 refused for what it says is not repeated', async () => {
  expect(await delaysOf(10, 'CLIENT_ERROR', 'AccessDenied')).toEqual([]);
  expect(await delaysOf(10, 'SERVER_ERROR', 'NotImplemented')).toEqual([]);
});

test.each(['BadDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch'])(
  'a body that was damaged on its way (%s) is sent again',
  async (name) => {
    expect(await delaysOf(3, 'CLIENT_ERROR', name)).toHaveLength(2);
  },
);

test('pauses double up to five seconds, with jitter, and start longer when throttled', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<ErrorType>('TRANSIENT', 'THROTTLING'),
      fc.integer({ min: 2, max: 12 }),
      async (type, attempts) => {
        const first = type === 'THROTTLING' ? 1_000 : 200;
        const delays = await delaysOf(attempts, type);
        for (const [index, delay] of delays.entries()) {
          const full = Math.min(5_000, first * 2 ** index);
          expect(delay).toBeGreaterThanOrEqual(full / 2);
          expect(delay).toBeLessThanOrEqual(full);
        }
      },
    ),
  );
});

test('ten attempts outlast a short outage, and end before the deadline of a call', async () => {
  const spans = [await delaysOf(10, 'TRANSIENT'), await delaysOf(10, 'THROTTLING')].map((delays) =>
    delays.reduce((sum, delay) => sum + delay, 0),
  );
  for (const span of spans) {
    expect(span).toBeGreaterThan(10_000);
    expect(span).toBeLessThan(60_000);
  }
});
