import { createHash, timingSafeEqual } from 'node:crypto';
import { OpsError } from '../errors/ops-error.ts';
import type { CallOptions } from '../ports/object-store.ts';
import { type SecretVersions, Stage } from '../ports/secret-versions.ts';

const BEARER = /^Bearer ([\x21-\x7e]+)$/i;

/**
 * The tokens that count: the secret's current text, and the one before, so that a rotation cuts nobody off.
 *
 * @throws {@link OpsError} `SECRET-MALFORMED` when there is no current one; those of {@link SecretVersions}.
 */
export async function readTokens(
  secrets: SecretVersions,
  secret: string,
  options: CallOptions,
): Promise<readonly string[]> {
  const [current, previous] = await Promise.all([
    secrets.read(secret, { stage: Stage.CURRENT }, options),
    secrets.read(secret, { stage: Stage.PREVIOUS }, options),
  ]);
  if (current === undefined || current.trim() === '') {
    throw new OpsError('SECRET-MALFORMED', `the secret ${secret} holds no token`, {
      hint: 'write a long random word there, as text',
    });
  }
  return [current, previous ?? ''].map((token) => token.trim()).filter((token) => token !== '');
}

/**
 * Takes whoever shows one of `tokens`, comparing each in a time that tells nothing of it.
 *
 * @throws {@link OpsError} `HEALTH-UNAUTHORIZED`.
 */
export function assertToken(authorization: string | undefined, tokens: readonly string[]): void {
  const [, given = ''] = BEARER.exec(authorization ?? '') ?? [];
  const hash = sha256(given);
  const isKnown = tokens.map((token) => timingSafeEqual(sha256(token), hash)).includes(true);
  if (isKnown) return;
  throw new OpsError('HEALTH-UNAUTHORIZED', 'no token, or none that the secret has', {
    hint: 'send "Authorization: Bearer" with the text of the secret that the deployment names',
  });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
