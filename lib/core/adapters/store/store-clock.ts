import type { CallOptions } from '../../ports/object-store.ts';
import { parseStoreUrl } from './store-url.ts';

/** S3 tells the time in whole seconds: the moment lies somewhere in the one that follows. */
export const STORE_CLOCK_GRAIN_MS = 1_000;

/**
 * What time it is at the store at `url`, asked without writing anything.
 *
 * @param key - an object of the store; it need not be there.
 * @returns `undefined` for a folder, which tells its time only to those who write.
 * @throws {@link OpsError} `STORE-URL`, and the store's own.
 */
export async function storeClock(
  url: string,
  key: string,
  options: CallOptions = {},
): Promise<Date | undefined> {
  const location = parseStoreUrl(url);
  if (location.kind === 'folder') return undefined;
  const { createS3Client } = await import('./s3/s3-client.ts');
  const { s3Clock } = await import('./s3/s3-clock.ts');
  const client = createS3Client();
  try {
    return await s3Clock(client, location, key, options);
  } finally {
    client.destroy();
  }
}
