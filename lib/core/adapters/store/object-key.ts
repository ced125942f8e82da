import { OpsError } from '../../errors/ops-error.ts';

/** A segment never starts with a dot, so `..` and the store's own hidden folders cannot be named. */
const SEGMENT = '[A-Za-z0-9_=-][A-Za-z0-9._=-]*';
const KEY = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);
const PREFIX = new RegExp(`^(?:${SEGMENT}/)*(?:${SEGMENT})?$`);
const FOLDER_PREFIX = new RegExp(`^(?:${SEGMENT}/)*$`);

/** What a folder keeps beside an object; no key may end with one of these, in any store. */
export const SIDECAR_SUFFIXES = { meta: '.meta', tags: '.tags', versions: '.versions' } as const;
const RESERVED = Object.values(SIDECAR_SUFFIXES);

/** S3 allows 1,024 bytes; the rest is left to the prefix in the store's URL. */
const MAX_KEY_CHARS = 700;
/** A file name has 255 bytes at most, its sidecar's suffix included. */
const MAX_SEGMENT_CHARS = 240;

/** Whether `name` may be one segment of a key. */
export function isKeySegment(name: string): boolean {
  return !name.includes('/') && fault(name) === undefined;
}

/**
 * Lets through only keys that mean the same in every store: relative segments of
 * `[A-Za-z0-9._=-]`, none empty, starting with a dot or ending with a reserved suffix.
 *
 * @throws {@link OpsError} `STORE-KEY`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function checkKey(key: string): void {
  const what = fault(key);
  if (what !== undefined) throw refused('key', key, what);
}

/** As {@link checkKey}, for the start of keys, which may end within a segment. */
export function checkPrefix(prefix: string): void {
  if (!PREFIX.test(prefix)) throw refused('prefix', prefix, 'is not the start of any valid key');
}

/** As {@link checkKey}, for a folder: empty, or whole segments each followed by a slash. */
export function checkFolderPrefix(prefix: string): void {
  if (!FOLDER_PREFIX.test(prefix)) throw refused('folder', prefix, 'is not segments with a slash');
}

function fault(key: string): string | undefined {
  if (!KEY.test(key)) return 'is not plain relative segments';
  if (key.length > MAX_KEY_CHARS) return `is longer than ${MAX_KEY_CHARS} characters`;
  for (const segment of key.split('/')) {
    if (segment.length > MAX_SEGMENT_CHARS) {
      return `has a segment longer than ${MAX_SEGMENT_CHARS} characters`;
    }
    const suffix = RESERVED.find((reserved) => segment.endsWith(reserved));
    if (suffix !== undefined) return `uses the reserved suffix ${suffix}`;
  }
  return undefined;
}

function refused(kind: string, value: string, what: string): OpsError {
  return new OpsError('STORE-KEY', `object ${kind} ${JSON.stringify(value)} ${what}`, {
    hint: 'use segments of A-Z, a-z, 0-9, ".", "_", "=" and "-", joined by "/"',
    details: { key: value },
  });
}
