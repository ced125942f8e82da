import type { ObjectStore } from '../../ports/object-store.ts';
import type { Deadlines } from './deadline.ts';
import { parseStoreUrl, type StoreLocation } from './store-url.ts';
import { DEFAULT_DEADLINES, withDeadlines } from './with-deadlines.ts';

/** Options of {@link openObjectStore}. */
export interface OpenStoreOptions {
  /** @default DEFAULT_DEADLINES */
  readonly deadlines?: Deadlines;
}

/**
 * The store at `url`: the only place where the kind of a store is chosen. Nothing is read or
 * created yet.
 *
 * @param url - `file:///absolute/dir` or `s3://bucket/prefix`. S3 takes region, credentials and
 *   endpoint from the environment, as the AWS SDK does.
 * @throws {@link OpsError} `STORE-URL` for anything else.
 * @example await openObjectStore('s3://backups/prod')
 */
export async function openObjectStore(
  url: URL | string,
  options: OpenStoreOptions = {},
): Promise<ObjectStore> {
  const store = await openLocation(parseStoreUrl(String(url)));
  return withDeadlines(store, options.deadlines ?? DEFAULT_DEADLINES);
}

/** A kind is loaded when it is used: a push of one segment to a folder needs no AWS SDK. */
async function openLocation(location: StoreLocation): Promise<ObjectStore> {
  if (location.kind === 'folder') {
    const { FolderObjectStore } = await import('./folder/folder-object-store.ts');
    return new FolderObjectStore(location.path);
  }
  const { createS3Client } = await import('./s3/s3-client.ts');
  const { S3ObjectStore } = await import('./s3/s3-object-store.ts');
  return new S3ObjectStore(createS3Client(), location);
}
