import type { S3Client } from '@aws-sdk/client-s3';

/** Every command that creates an object; S3 takes the headers from no other. */
const CREATES = new Set(['PutObjectCommand', 'CreateMultipartUploadCommand']);

/**
 * Encrypts every object that `client` creates with SSE-KMS under `kmsKey`, with a bucket key, whatever
 * the bucket's own default is.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html
 */
export function encryptPuts(client: S3Client, kmsKey: string): void {
  const encryption = {
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: kmsKey,
    BucketKeyEnabled: true,
  } as const;
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) =>
        next(
          CREATES.has(commandName) ? { ...args, input: { ...args.input, ...encryption } } : args,
        ),
    { step: 'initialize', name: 'encryptPuts' },
  );
}
