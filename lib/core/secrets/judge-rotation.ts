import { OpsError } from '../errors/ops-error.ts';
import { type SecretDescription, Stage } from '../ports/secret-versions.ts';
import type { RotationEvent } from './rotation-event.ts';

/**
 * Whether a step is still to be taken: not for a version that is current already, which Secrets Manager
 * may ask for again.
 *
 * @throws {@link OpsError} `SECRET-MALFORMED` for a secret that is not rotated, and a version that no
 *   rotation is about: whoever invoked the function was not Secrets Manager, or was late.
 */
export function judgeRotation(
  { rotationEnabled, stages }: SecretDescription,
  { secret, token }: RotationEvent,
): 'due' | 'done' {
  if (!rotationEnabled) {
    throw new OpsError('SECRET-MALFORMED', `the secret ${secret} is not rotated`, {
      hint: 'turn its rotation on again by a deployment, if it was turned off by hand',
    });
  }
  const labels = stages.get(token) ?? [];
  if (labels.includes(Stage.CURRENT)) return 'done';
  if (labels.includes(Stage.PENDING)) return 'due';
  throw new OpsError('SECRET-MALFORMED', `version ${token} of ${secret} is not pending`, {
    hint: 'see "aws secretsmanager describe-secret": this rotation was cancelled, or never began',
  });
}

/** The version that is current; `undefined` while none is. */
export function currentVersion({ stages }: SecretDescription): string | undefined {
  return [...stages].find(([, labels]) => labels.includes(Stage.CURRENT))?.[0];
}
