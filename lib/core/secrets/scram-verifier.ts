import { createHmac, hash, pbkdf2Sync } from 'node:crypto';
import { OpsError } from '../errors/ops-error.ts';

/** As PostgreSQL's own: a password of 40 random characters gains nothing from more. */
const ITERATIONS = 4096;
const KEY_BYTES = 32;
/** What SASLprep leaves as it is. */
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** Bytes of salt in PostgreSQL's own verifiers. */
export const SALT_BYTES = 16;

/**
 * What PostgreSQL stores of a password for SCRAM-SHA-256. Given to `ALTER ROLE` in place of the
 * password, it keeps that out of the server's log; nobody can log in with it.
 *
 * @throws {@link OpsError} `SECRET-MALFORMED` for a password that is not printable ASCII: others would
 *   have to be normalised first, as RFC 4013 says.
 * @see https://www.rfc-editor.org/rfc/rfc5802#section-3
 * @see https://www.rfc-editor.org/rfc/rfc7677
 * @see PostgreSQL scram_build_secret, src/common/scram-common.c
 * @example scramVerifier('pencil', salt)
 *   // 'SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>', all three in base64
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  if (!PRINTABLE_ASCII.test(password)) {
    throw new OpsError('SECRET-MALFORMED', 'the new password is not printable ASCII', {
      hint: 'remove the pending version of the secret and rotate again: a password is then generated',
    });
  }
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const storedKey = hash('sha256', hmac(salted, 'Client Key'), 'base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  const saltText = Buffer.from(salt).toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${saltText}$${storedKey}:${serverKey}`;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * Whether a server that keeps `verifier` lets in whoever has `password`.
 *
 * @returns false as well for what is no SCRAM-SHA-256 verifier, or of another number of iterations.
 */
export function isVerifierOf(verifier: string, password: string): boolean {
  const [, salt] = /^SCRAM-SHA-256\$4096:([A-Za-z0-9+/=]+)\$/.exec(verifier) ?? [];
  return salt !== undefined && scramVerifier(password, Buffer.from(salt, 'base64')) === verifier;
}
