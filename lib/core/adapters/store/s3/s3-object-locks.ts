import {
  GetObjectRetentionCommand,
  PutObjectRetentionCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { OpsError } from '../../../errors/ops-error.ts';
import type { ObjectLock, ObjectLocks } from '../../../ports/object-locks.ts';
import { isAbsent, toStoreError } from './s3-errors.ts';
import type { S3Place, S3Target } from './s3-target.ts';

/** What S3 says of an object that was stored without a lock. */
const UNLOCKED = 'NoSuchObjectLockConfiguration';
/**
 * A right that is lacking, a lock that would be shortened, a bucket without Object Lock: none of them passes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'InvalidRequest',
  'InvalidArgument',
  'ObjectLockConfigurationNotFoundError',
]);

/** Object Lock of the current versions in a place of S3. */
export function s3ObjectLocks(client: S3Client, { bucket, prefix }: S3Place): ObjectLocks {
  const url = `s3://${bucket}/${prefix}`;
  const targetOf = (key: string): S3Target => ({ Bucket: bucket, Key: `${prefix}${key}` });
  const call = async <T>(key: string, send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      if (error instanceof S3ServiceException && REFUSALS.has(error.name))
        throw refused(key, error);
      throw toStoreError(error, { url, key });
    }
  };
  return {
    read: async (key, { signal } = {}) =>
      call(key, async () => {
        try {
          const request = new GetObjectRetentionCommand(targetOf(key));
          const { Retention } = await client.send(request, { abortSignal: signal });
          const { Mode, RetainUntilDate } = Retention ?? {};
          if (Mode === undefined || RetainUntilDate === undefined) return undefined;
          return { mode: Mode, until: RetainUntilDate } satisfies ObjectLock;
        } catch (error) {
          if (isAbsent(error) || (error instanceof Error && error.name === UNLOCKED)) {
            return undefined;
          }
          throw error;
        }
      }),
    lengthen: async (key, { mode, until }, { signal } = {}) =>
      call(key, async () => {
        const Retention = { Mode: mode, RetainUntilDate: until };
        const request = new PutObjectRetentionCommand({ ...targetOf(key), Retention });
        await client.send(request, { abortSignal: signal });
      }),
  };
}

function refused(key: string, cause: Error): OpsError {
  return new OpsError('VAULT-LOCK', `the lock of ${key} was refused: ${cause.message}`, {
    cause,
    hint: 'the bucket needs Object Lock, and the role s3:GetObjectRetention and s3:PutObjectRetention; a lock is never shortened',
    details: { key },
  });
}
