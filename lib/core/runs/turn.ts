import { STARTER_TIMEOUT_SEC } from '../contract/deployed-names.ts';

/** Who began a piece of work, and when. */
export interface Beginning {
  /** Id of the invocation. */
  readonly by: string;
  readonly at: Date;
}

/**
 * Whose turn it is at work that somebody began and may not have ended. `own`: this very invocation's,
 * which Lambda repeats. `busy`: another may be at it still. `left`: no function lives that long, so
 * whoever comes goes on in its place.
 *
 * A call that failed is repeated by Lambda twice, after one minute and after two more.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export type Turn = 'own' | 'busy' | 'left';

/** See {@link Turn}. */
export function turnAt({ by, at }: Beginning, invocationId: string, now: Date): Turn {
  if (by === invocationId) return 'own';
  return now.getTime() - at.getTime() < STARTER_TIMEOUT_SEC * 1_000 ? 'busy' : 'left';
}
