import type { S3ClientConfig } from '@aws-sdk/client-s3';

type RetryStrategy = NonNullable<S3ClientConfig['retryStrategy']>;

const FIRST_DELAY_MS = 200;
/** A server that asks for less gets it from the first repetition on. */
const FIRST_DELAY_WHEN_THROTTLED_MS = 1_000;
const LONGEST_DELAY_MS = 5_000;

/** What the SDK takes for final, although S3 has stored nothing and the bytes are still at hand. */
const DAMAGED_ON_THE_WAY = new Set([
  'BadDigest',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);

/**
 * Repeats requests that were throttled, lost or damaged on their way, so often and no more.
 *
 * The SDK's own delays add up to less than a second when a connection is lost: a short outage would
 * end a base backup that ran for hours. These double up to 5 s, each with jitter of a half: ten
 * attempts span 13 to 37 seconds, less than a call's deadline.
 *
 * @param attempts - requests for one call, the first included.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function boundedRetries(attempts: number): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => retryToken(0, 0),
    refreshRetryTokenForRetry: async (token, { errorType, error }) => {
      const retries = token.getRetryCount() + 1;
      const isThrottled = errorType === 'THROTTLING';
      const mayPass =
        isThrottled || errorType === 'TRANSIENT' || DAMAGED_ON_THE_WAY.has(error?.name ?? '');
      // The middleware then throws the error of the request, not this one.
      if (!mayPass || retries >= attempts) throw new RangeError('no further attempt');
      const first = isThrottled ? FIRST_DELAY_WHEN_THROTTLED_MS : FIRST_DELAY_MS;
      return retryToken(retries, delayMs(first, retries));
    },
    recordSuccess: () => undefined,
  };
}

function delayMs(first: number, retries: number): number {
  const full = Math.min(LONGEST_DELAY_MS, first * 2 ** (retries - 1));
  return full * (0.5 + Math.random() / 2);
}

function retryToken(
  retries: number,
  delay: number,
): { getRetryCount(): number; getRetryDelay(): number } {
  return { getRetryCount: () => retries, getRetryDelay: () => delay };
}
