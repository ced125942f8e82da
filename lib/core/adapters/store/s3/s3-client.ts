import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { renewExpiredCredentials } from './s3-credentials.ts';
import { encryptPuts } from './s3-encryption.ts';
import { boundedRetries } from './s3-retries.ts';

/** What a caller may settle; the rest is read from the environment, as the AWS SDK does. */
export interface S3Access extends Pick<S3ClientConfig, 'endpoint' | 'region' | 'credentials'> {
  /** Requests for one call, the first included. @default 10 */
  readonly maxAttempts?: number | undefined;
  /** A connection on which nothing moves for so long is given up; milliseconds. @default 30000 */
  readonly socketIdleMs?: number;
  /** Encrypts every new object under this KMS key. @default - as the bucket's own setting says */
  readonly kmsKey?: string | undefined;
}

const MAX_ATTEMPTS = 10;
const CONNECT_MS = 5_000;
const SOCKET_IDLE_MS = 30_000;
/**
 * For the credentials' chain, which is given all of the client's settings: an expired session in a
 * file may have been renewed there, and the SDK would remember the file as it was for ever.
 *
 * @see SourceProfileInit.ignoreCache of @smithy/core/config
 */
const READ_FILES_ANEW = { ignoreCache: true };

/**
 * A client whose every request is bounded in time and attempts. Credentials are looked for when the
 * first request is made, along the SDK's own chain.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * @see https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/setting-credentials-node.html
 */
export function createS3Client(access: S3Access = {}): S3Client {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const { maxAttempts = MAX_ATTEMPTS, socketIdleMs = SOCKET_IDLE_MS, kmsKey, ...given } = access;
  const client = new S3Client({
    maxAttempts,
    retryStrategy: boundedRetries(maxAttempts),
    // Other servers rarely have a host name per bucket; Amazon S3 wants one.
    forcePathStyle: Boolean(access.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL),
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: socketIdleMs },
    ...READ_FILES_ANEW,
    ...given,
  });
  renewExpiredCredentials(client);
  if (kmsKey !== undefined) encryptPuts(client, kmsKey);
  return client;
}
