import type { RunAttempt } from '../contract/deployed-names.ts';
import { sha256 } from '../store/sha256.ts';

/** Whose task it is. */
export interface TokenSubject extends RunAttempt {
  readonly environment: string;
  readonly cluster: string;
}

/**
 * Client token of one task: the same whoever asks for it, so that ECS starts it once. Hashed, because a
 * token holds 64 characters and the names together may be longer.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
 */
export function clientToken({
  environment,
  cluster,
  kind,
  occurrence,
  attempt,
}: TokenSubject): string {
  return sha256(Buffer.from([environment, cluster, kind, occurrence, attempt].join('/')));
}
