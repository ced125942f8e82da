import { OpsError } from '../../errors/ops-error.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Deadlines } from './deadline.ts';
import { refuseSealed } from './envelope/refuse-sealed.ts';
import { parseKmsKey } from './kms-key.ts';
import { parseStoreUrl, type StoreLocation } from './store-url.ts';
import { DEFAULT_DEADLINES, withDeadlines } from './with-deadlines.ts';

/** Options of {@link openObjectStore}. */
export interface OpenStoreOptions {
  /** @default DEFAULT_DEADLINES */
  readonly deadlines?: Deadlines;
  /**
   * Encrypts every new object with SSE-KMS under this key: its id, alias or ARN.
   *
   * @default - as the bucket's own setting says
   */
  readonly kmsKey?: string | undefined;
  /**
   * Seals every new object under data keys of its own, and opens what is sealed: with a KMS key's id, alias
   * or ARN, or the absolute path of a key file.
   *
   * @default - seals nothing, and refuses to read what is sealed
   */
  readonly envelopeKey?: string | undefined;
  /**
   * Requests to S3 for one call, the first included: three give up on an outage within seconds.
   *
   * @default 10
   */
  readonly attempts?: number | undefined;
}

/**
 * The store at `url`: the only place where the kind of a store is chosen. Nothing is read or
 * created yet, but for a key file.
 *
 * @param url - `file:///absolute/dir` or `s3://bucket/prefix`. S3 takes region, credentials and
 *   endpoint from the environment, as the AWS SDK does.
 * @throws {@link OpsError} `STORE-URL` for anything else; `CONFIG-INVALID` for a KMS key that is none,
 *   or that a folder was to use; `VAULT-KEY` for a key file that does not serve.
 * @example await openObjectStore('s3://backups/prod')
 */
export async function openObjectStore(
  url: URL | string,
  options: OpenStoreOptions = {},
): Promise<ObjectStore> {
  const store = await openLocation(parseStoreUrl(String(url)), options);
  const readable = await openEnvelopes(store, options);
  return withDeadlines(readable, options.deadlines ?? DEFAULT_DEADLINES);
}

/**
 * The same store as it is: what is sealed is read and stored as the bytes that lie there, by whoever has a
 * key or none.
 *
 * @throws {@link OpsError} as {@link openObjectStore}, but for `VAULT-KEY`.
 */
export async function openStoredObjects(
  url: URL | string,
  options: Omit<OpenStoreOptions, 'envelopeKey'> = {},
): Promise<ObjectStore> {
  const store = await openLocation(parseStoreUrl(String(url)), options);
  return withDeadlines(store, options.deadlines ?? DEFAULT_DEADLINES);
}

async function openEnvelopes(
  store: ObjectStore,
  { envelopeKey }: OpenStoreOptions,
): Promise<ObjectStore> {
  if (envelopeKey === undefined) return refuseSealed(store);
  const { openDataKeys } = await import('./envelope/open-data-keys.ts');
  const { withEnvelope } = await import('./envelope/with-envelope.ts');
  return withEnvelope(store, await openDataKeys(envelopeKey));
}

/** A kind is loaded when it is used: a push of one segment to a folder needs no AWS SDK. */
async function openLocation(
  location: StoreLocation,
  { kmsKey, attempts }: OpenStoreOptions,
): Promise<ObjectStore> {
  if (location.kind === 'folder') {
    if (kmsKey !== undefined) throw noKeyForFolder();
    const { FolderObjectStore } = await import('./folder/folder-object-store.ts');
    return new FolderObjectStore(location.path);
  }
  const { createS3Client } = await import('./s3/s3-client.ts');
  const { S3ObjectStore } = await import('./s3/s3-object-store.ts');
  const key = kmsKey === undefined ? undefined : parseKmsKey(kmsKey);
  return new S3ObjectStore(createS3Client({ kmsKey: key, maxAttempts: attempts }), location);
}

function noKeyForFolder(): OpsError {
  return new OpsError('CONFIG-INVALID', 'a folder store cannot encrypt under a KMS key', {
    hint: 'leave out --kms-key and HOLDFAST_KMS_KEY, or store in s3://bucket/prefix',
  });
}
