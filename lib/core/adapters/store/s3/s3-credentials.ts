import { S3ServiceException, type S3Client } from '@aws-sdk/client-s3';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const NOT_GOOD_ANY_MORE = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  // A key that was replaced by another one, in a file for instance, and then deleted.
  'InvalidAccessKeyId',
]);

/** A call may meet the end of two sessions: the second one's was near already when it began. */
const RENEWALS = 2;

/**
 * Fetches fresh credentials when S3 does not take those at hand any more, and repeats the call, twice
 * at most.
 *
 * The SDK keeps what its chain gave it (container, instance, SSO, profile…) until five minutes before
 * the end that the source named, and its retries use what the call began with: a session that ends
 * earlier, or a clock that is wrong, would fail every call for hours.
 */
export function renewExpiredCredentials(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        for (let renewals = 0; ; renewals += 1) {
          try {
            return await next(args);
          } catch (error) {
            if (renewals === RENEWALS || !isExpiry(error, commandName)) throw error;
            await client.config.credentials({ forceRefresh: true });
          }
        }
      },
    // Outside of the SDK's own retries, and before it asks for the call's identity.
    { step: 'initialize', name: 'renewExpiredCredentials' },
  );
}

function isExpiry(error: unknown, command: string | undefined): boolean {
  if (!(error instanceof S3ServiceException)) return false;
  // The answer to a HEAD has no body, and so no name for what is wrong.
  const isUnnamed = command === 'HeadObjectCommand' && error.$metadata.httpStatusCode === 400;
  return isUnnamed || NOT_GOOD_ANY_MORE.has(error.name);
}
