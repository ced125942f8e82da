import { OpsError } from '../../errors/ops-error.ts';
import type { ObjectLocks } from '../../ports/object-locks.ts';
import { createS3Client } from './s3/s3-client.ts';
import { s3ObjectLocks } from './s3/s3-object-locks.ts';
import { parseStoreUrl } from './store-url.ts';

/**
 * The locks of the store at `url`.
 *
 * @throws {@link OpsError} `VAULT-LOCK` for a folder, which knows none; `STORE-URL`.
 */
export function openObjectLocks(url: string): ObjectLocks {
  const location = parseStoreUrl(url);
  if (location.kind === 's3') return s3ObjectLocks(createS3Client(), location);
  throw new OpsError('VAULT-LOCK', `${url} is a folder, and has no locks`, {
    hint: 'locks are what an S3 bucket with Object Lock has',
  });
}
