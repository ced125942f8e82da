import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** What a caller may settle; the rest is read from the environment, as the AWS SDK does. */
export type S3Access = Pick<S3ClientConfig, 'endpoint' | 'region' | 'credentials' | 'maxAttempts'>;

/** The SDK's own retries, with its exponential delays and jitter, of throttling and lost calls. */
const MAX_ATTEMPTS = 5;
const CONNECT_MS = 5_000;
/** A connection on which nothing moves for so long is given up and the request retried. */
const SOCKET_IDLE_MS = 30_000;

/**
 * A client whose every request is bounded in time and attempts.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function createS3Client(access: S3Access = {}): S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  return new S3Client({
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    // Other servers rarely have a host name per bucket; Amazon S3 wants one.
    forcePathStyle: Boolean(access.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL),
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SOCKET_IDLE_MS },
    ...access,
  });
}
