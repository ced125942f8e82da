import type {
  GetObjectCommandOutput,
  HeadObjectCommandOutput,
  _Object as ListedObject,
} from '@aws-sdk/client-s3';
import type { ObjectHead, ObjectMetadata, ObjectStat } from '../../../ports/object-store.ts';

/** Names of the user metadata; S3 adds `x-amz-meta-`. */
const Header = {
  PLAIN_SHA256: 'plain-sha256',
  STORED_SHA256: 'stored-sha256',
  EPOCH: 'epoch',
} as const;
const SHA256 = /^[0-9a-f]{64}$/;
const EPOCH = /^\d{1,15}$/;

/** User metadata to send with an object. */
export function toUserMetadata(metadata: ObjectMetadata): Record<string, string> {
  return {
    [Header.PLAIN_SHA256]: metadata.plainSha256,
    [Header.STORED_SHA256]: metadata.storedSha256,
    [Header.EPOCH]: String(metadata.epoch),
  };
}

/** What a HEAD or GET said of `key`. The length is the whole object's, also for a range. */
export function toStat(
  key: string,
  answer: HeadObjectCommandOutput | GetObjectCommandOutput,
): ObjectStat {
  return {
    key,
    bytes: wholeLength(answer.ContentRange) ?? answer.ContentLength ?? 0,
    etag: answer.ETag ?? '',
    modifiedAt: answer.LastModified ?? new Date(0),
    metadata: parseUserMetadata(answer.Metadata ?? {}),
  };
}

/** One row of a listing; `key` is the object's without the store's prefix. */
export function toHead(key: string, row: ListedObject): ObjectHead {
  const { Size: bytes = 0, ETag: etag = '', LastModified: modifiedAt = new Date(0) } = row;
  return { key, bytes, etag, modifiedAt };
}

/** Metadata that is not whole counts as none: nothing is compared with half of it. */
function parseUserMetadata(
  headers: Readonly<Record<string, string | undefined>>,
): ObjectMetadata | undefined {
  const plainSha256 = headers[Header.PLAIN_SHA256];
  const storedSha256 = headers[Header.STORED_SHA256];
  const epoch = headers[Header.EPOCH];
  if (plainSha256 === undefined || storedSha256 === undefined || epoch === undefined) {
    return undefined;
  }
  const isValid = SHA256.test(plainSha256) && SHA256.test(storedSha256) && EPOCH.test(epoch);
  return isValid ? { plainSha256, storedSha256, epoch: Number(epoch) } : undefined;
}

/** From `bytes 0-9/1234`. */
function wholeLength(contentRange: string | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}
