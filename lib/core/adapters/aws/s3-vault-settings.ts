import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { VaultSettings } from '../../config/vault-settings.ts';
import { isOpsError, toOpsError } from '../../errors/ops-error.ts';
import type { VaultSettingsReader } from '../../ports/vault-settings.ts';
import { createS3Client } from '../store/s3/s3-client.ts';
import { awsCall } from './aws-errors.ts';
import { bucketPolicy } from './s3-bucket-policy.ts';
import { lifecycleRules } from './s3-lifecycle-rules.ts';

/** Reads one of the settings, and those that come with it. */
type Reader = (signal: AbortSignal | undefined) => Promise<Partial<VaultSettings>>;

/** Of one call, the first request included. */
const ATTEMPTS = 3;
const DAYS_IN_YEAR = 365;
/** What S3 says of a setting that nobody has made; of a bucket that is gone it says something else. */
const UNSET = new Set([
  'NoSuchLifecycleConfiguration',
  'NoSuchBucketPolicy',
  'NoSuchPublicAccessBlockConfiguration',
  'ObjectLockConfigurationNotFoundError',
  'ServerSideEncryptionConfigurationNotFoundError',
  'OwnershipControlsNotFoundError',
]);

/**
 * The settings of a bucket of S3: seven calls.
 *
 * @param bucket - its name.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export function s3VaultSettings(
  bucket: string,
  client = createS3Client({ maxAttempts: ATTEMPTS }),
): VaultSettingsReader {
  const readers = readersOf(client, bucket);
  return {
    read: async ({ signal } = {}) => {
      const names = Object.keys(readers) as (keyof typeof readers)[];
      const read = await Promise.allSettled(names.map(async (name) => readers[name](signal)));
      const seen = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const unseen = read.flatMap((one, index) => {
        const setting = names[index];
        return one.status === 'fulfilled' || setting === undefined
          ? []
          : [{ setting, fault: toOpsError(one.reason) }];
      });
      const [first] = unseen;
      if (seen.length === 0 && first !== undefined) throw first.fault;
      return {
        seen: Object.assign({}, ...seen) as Partial<VaultSettings>,
        unseen: unseen.map(({ setting, fault }) => ({
          setting,
          why: `${fault.code}: ${fault.message}`,
        })),
      };
    },
  };
}

function readersOf(
  client: S3Client,
  Bucket: string,
): Readonly<Record<Exclude<keyof VaultSettings, 'allowances'>, Reader>> {
  const input = { Bucket };
  return {
    versioned: async (abortSignal) => {
      const { Status } = await call(`s3:GetBucketVersioning of ${Bucket}`, abortSignal, async () =>
        client.send(new GetBucketVersioningCommand(input), { abortSignal }),
      );
      return { versioned: Status === 'Enabled' };
    },
    lock: async (abortSignal) => {
      const found = await unlessUnset(`s3:GetBucketObjectLockConfiguration of ${Bucket}`, {
        abortSignal,
        send: async () =>
          client.send(new GetObjectLockConfigurationCommand(input), { abortSignal }),
      });
      const { Mode, Days, Years } = found?.ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
      const days = Days ?? (Years === undefined ? undefined : Years * DAYS_IN_YEAR);
      return { lock: Mode === undefined || days === undefined ? null : { mode: Mode, days } };
    },
    keyArn: async (abortSignal) => {
      const found = await unlessUnset(`s3:GetEncryptionConfiguration of ${Bucket}`, {
        abortSignal,
        send: async () => client.send(new GetBucketEncryptionCommand(input), { abortSignal }),
      });
      const [rule] = found?.ServerSideEncryptionConfiguration?.Rules ?? [];
      return { keyArn: rule?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID ?? '' };
    },
    blocksPublicAccess: async (abortSignal) => {
      const found = await unlessUnset(`s3:GetBucketPublicAccessBlock of ${Bucket}`, {
        abortSignal,
        send: async () => client.send(new GetPublicAccessBlockCommand(input), { abortSignal }),
      });
      const block = found?.PublicAccessBlockConfiguration ?? {};
      const ways = [
        block.BlockPublicAcls,
        block.BlockPublicPolicy,
        block.IgnorePublicAcls,
        block.RestrictPublicBuckets,
      ];
      return { blocksPublicAccess: ways.every((way) => way === true) };
    },
    ownsObjects: async (abortSignal) => {
      const found = await unlessUnset(`s3:GetBucketOwnershipControls of ${Bucket}`, {
        abortSignal,
        send: async () =>
          client.send(new GetBucketOwnershipControlsCommand(input), { abortSignal }),
      });
      const [rule] = found?.OwnershipControls?.Rules ?? [];
      return { ownsObjects: rule?.ObjectOwnership === 'BucketOwnerEnforced' };
    },
    lifecycle: async (abortSignal) => {
      const found = await unlessUnset(`s3:GetLifecycleConfiguration of ${Bucket}`, {
        abortSignal,
        send: async () =>
          client.send(new GetBucketLifecycleConfigurationCommand(input), { abortSignal }),
      });
      return { lifecycle: lifecycleRules(found?.Rules ?? []) };
    },
    denials: async (abortSignal) => {
      const found = await unlessUnset(`s3:GetBucketPolicy of ${Bucket}`, {
        abortSignal,
        send: async () => client.send(new GetBucketPolicyCommand(input), { abortSignal }),
      });
      return bucketPolicy(found?.Policy);
    },
  };
}

async function call<T>(
  what: string,
  signal: AbortSignal | undefined,
  send: () => Promise<T>,
): Promise<T> {
  return awsCall(what, send, signal);
}

async function unlessUnset<T>(
  what: string,
  {
    abortSignal,
    send,
  }: { readonly abortSignal: AbortSignal | undefined; readonly send: () => Promise<T> },
): Promise<T | undefined> {
  try {
    return await call(what, abortSignal, send);
  } catch (error) {
    if (isUnset(error)) return undefined;
    throw error;
  }
}

function isUnset(error: unknown): boolean {
  return isOpsError(error) && UNSET.has(String(error.details['error']));
}
