import { toOpsError } from '../errors/ops-error.ts';

/** A failure in one line. */
export function codeAndWords(error: unknown): string {
  const { code, message } = toOpsError(error);
  return `${code}: ${message}`;
}
