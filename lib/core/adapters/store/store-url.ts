import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OpsError } from '../../errors/ops-error.ts';
import { checkKey } from './object-key.ts';

/** Where a store is, parsed. */
export type StoreLocation =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** A colon, or nothing but a name, between the scheme and an "@". A folder's path may hold one. */
const CREDENTIALS = /^(?!file:\/\/\/)[a-z][a-z0-9+.-]*:\/\/([^/@]*:.*|[^/]*)@/i;

/**
 * Parses the URL of a store.
 *
 * @throws {@link OpsError} `STORE-URL` for anything but `file:///absolute/dir` and
 *   `s3://bucket/prefix`. The message never repeats a user name or password.
 * @example parseStoreUrl('s3://backups/prod') // { kind: 's3', bucket: 'backups', prefix: 'prod/' }
 */
export function parseStoreUrl(text: string): StoreLocation {
  // From the text: a secret key with a slash in it keeps URL from finding the credentials.
  if (CREDENTIALS.test(text)) {
    throw new OpsError('STORE-URL', 'the store URL carries credentials', {
      hint: 'remove them: credentials come from the environment, as the AWS SDK reads them',
    });
  }
  if (!URL.canParse(text)) throw refused(`${JSON.stringify(text)} is not a URL`);
  const url = new URL(text);
  // Not repeated: a query may be a signature.
  if (url.search !== '' || url.hash !== '') throw refused('the URL has a query or a fragment');
  if (url.protocol === 'file:') return parseFolder(text, url);
  if (url.protocol === 's3:') return parseBucket(text, url);
  throw refused(`${text} has an unknown scheme`);
}

function parseFolder(text: string, url: URL): StoreLocation {
  // URL resolves "file:dir" and "file://./dir" to absolute paths nobody meant.
  if (!/^file:\/\/\/[^/]/i.test(text) || url.host !== '') {
    throw refused(`${text} is not an absolute path`);
  }
  try {
    const path = fileURLToPath(url);
    if (isAbsolute(path)) return { kind: 'folder', path };
  } catch (cause) {
    throw refused(`${text} is not a path of this machine`, cause);
  }
  throw refused(`${text} is not an absolute path`);
}

function parseBucket(text: string, url: URL): StoreLocation {
  if (url.port !== '' || !BUCKET.test(url.hostname)) throw refused(`${text} names no valid bucket`);
  // From the text: URL would resolve "a/../b" to a prefix nobody wrote.
  const prefix = /^s3:\/\/[^/]+\/?(.*?)\/?$/i.exec(text)?.[1] ?? '';
  if (prefix === '') return { kind: 's3', bucket: url.hostname, prefix };
  try {
    checkKey(prefix);
  } catch (cause) {
    throw refused(`${text} has a prefix that is not plain segments`, cause);
  }
  return { kind: 's3', bucket: url.hostname, prefix: `${prefix}/` };
}

function refused(what: string, cause?: unknown): OpsError {
  return new OpsError('STORE-URL', what, {
    cause,
    hint: 'use file:///absolute/dir or s3://bucket/prefix',
  });
}
