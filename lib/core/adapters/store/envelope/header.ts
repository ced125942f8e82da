import { z } from 'zod';
import { sha256 } from '../../../store/sha256.ts';
import type { WrappedKey } from './data-keys.ts';
import { brokenSeal, keyRefused } from './envelope-refusals.ts';
import { beginningOf, MAGIC } from './magic.ts';
import { HEADER_BYTES } from './sealed-size.ts';

/** What stands before the chunks of a sealed object, all of it readable by anybody. */
export interface Header {
  readonly wrapped: WrappedKey;
  /** 7 bytes, the first of every chunk's nonce. */
  readonly noncePrefix: Uint8Array;
  /** SHA-256 of the bytes that are sealed, lower-case hex; absent on streams, which are not known yet. */
  readonly bodySha256?: string | undefined;
}

const NONCE_PREFIX_BYTES = 7;
const HASH_AT = MAGIC.byteLength + 1;
const FIELDS_AT = HASH_AT + 64 + 1;

const Base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const Fields = z.strictObject({
  wrap: z.enum(['kms', 'file']),
  keyId: z.string(),
  dataKey: Base64,
  nonce: Base64.refine(({ byteLength }) => byteLength === NONCE_PREFIX_BYTES),
  bodySha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/**
 * A header of {@link HEADER_BYTES} bytes: the magic, the SHA-256 of all that follows it, JSON, spaces,
 * and a newline.
 *
 * @throws {@link OpsError} `VAULT-KEY` when the wrapped key does not fit.
 */
export function encodeHeader({ wrapped, noncePrefix, bodySha256 }: Header, object: string): Buffer {
  const fields = JSON.stringify({
    wrap: wrapped.kind,
    keyId: wrapped.keyId,
    dataKey: Buffer.from(wrapped.bytes).toString('base64'),
    nonce: Buffer.from(noncePrefix).toString('base64'),
    bodySha256,
  });
  const room = HEADER_BYTES - FIELDS_AT - 1;
  if (Buffer.byteLength(fields) > room) {
    throw keyRefused(`the wrapped key of ${object} has no room in its header`, { object });
  }
  const rest = `${fields.padEnd(room)}\n`;
  return Buffer.from(`${MAGIC.toString()} ${sha256(Buffer.from(rest))} ${rest}`);
}

/** @throws {@link OpsError} `VAULT-SEALED` for what {@link encodeHeader} would not write. */
export function decodeHeader(bytes: Uint8Array, object: string): Header {
  const text = Buffer.from(bytes);
  const isWhole =
    text.byteLength === HEADER_BYTES &&
    beginningOf(text) === 'sealed' &&
    text.toString('latin1', MAGIC.byteLength, FIELDS_AT) ===
      ` ${sha256(text.subarray(FIELDS_AT))} `;
  if (!isWhole) throw brokenSeal(object, 'has a damaged header');
  const { data, error } = Fields.safeParse(parseJson(text.toString('utf8', FIELDS_AT), object));
  if (error !== undefined) throw brokenSeal(object, 'has a header that says something else', error);
  const { wrap: kind, keyId, dataKey, nonce, bodySha256 } = data;
  return { wrapped: { kind, keyId, bytes: dataKey }, noncePrefix: nonce, bodySha256 };
}

function parseJson(text: string, object: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw brokenSeal(object, 'has a header that says nothing', cause);
  }
}
