import { OpsError } from '../../errors/ops-error.ts';

/** Single-region and multi-region keys alike. */
const KEY_ID = '(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
const ALIAS = 'alias/[A-Za-z0-9/_-]{1,250}';
const KMS_KEY = new RegExp(
  `^(?:${KEY_ID}|${ALIAS}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:(?:key/${KEY_ID}|${ALIAS}))$`,
);

/** Whether `text` names a key of KMS: its id, its alias, or the ARN of either. */
export function isKmsKey(text: string): boolean {
  return KMS_KEY.test(text);
}

/**
 * The key under which an S3 store encrypts: an id, an alias, or the ARN of either.
 *
 * @throws {@link OpsError} `CONFIG-INVALID` for anything else.
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
 * @example parseKmsKey('alias/orders-prod') // 'alias/orders-prod'
 */
export function parseKmsKey(text: string): string {
  if (isKmsKey(text)) return text;
  throw new OpsError('CONFIG-INVALID', `${JSON.stringify(text)} names no KMS key`, {
    hint: 'give the ARN, the id or the alias (alias/…) of a key, in --kms-key or HOLDFAST_KMS_KEY',
  });
}
